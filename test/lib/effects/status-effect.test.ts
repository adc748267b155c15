import { beforeEach, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { makeDevOpsConnections } from '../../../src/lib/azure-devops/connections.ts';
import { personalAccessToken } from '../../../src/lib/azure-devops/token.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { runEffects } from '../../../src/lib/effects/run-effects.ts';
import { applyProgress } from '../../../src/lib/settling/apply-progress.ts';
import type { ProgressState } from '../../../src/lib/model/progress.ts';
import { makeSettleStore } from '../../../src/lib/settling/settle-store.ts';
import { parseSyncResult } from '../../../src/lib/intake/parse-sync-result.ts';
import { makeAzureBuildTags } from '../../../src/lib/azure-devops/build-tags.ts';
import { makePostedStore } from '../../../src/lib/effects/posted.ts';
import { makeStatusEffect } from '../../../src/lib/effects/status-effect.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { azureBench } from '../../support/pull-requests/bench.ts';

const values = 'image:\n  tag: "1"\n';
const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { tags: { order: numeric }, delivery: commit, application: 'argocd/{service}' }
  shared/{service}:
    image: contoso.azurecr.io/shared/{service}
    update: [{ file: 'shared/{service}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { tags: { order: numeric }, delivery: commit, application: argocd/shared }
  wide:
    image: contoso.azurecr.io/wide
    update: [{ file: wide.yaml, helm: { tag: image.tag } }]
    environments:
      dev: { tags: { order: numeric }, delivery: commit, application: [argocd/wide-weu, argocd/wide-neu] }
  proposed:
    image: contoso.azurecr.io/proposed
    update: [{ file: proposed.yaml, helm: { tag: image.tag } }]
    environments:
      prod: { tags: { order: numeric }, delivery: pull-request }
`;
const files = Object.fromEntries(
  ['cart', 'search', 'shared/a', 'shared/b', 'proposed', 'wide'].map((name) => [`${name}.yaml`, values]),
);

interface ShownStatus {
  readonly state: string;
  readonly description: string;
  readonly targetUrl?: string;
  readonly context: { readonly genre: string; readonly name: string };
}

async function bench() {
  const delivery = await azureBench({ files, routes });
  const { store, devops, connectionString, findEnvironment, openRepositories } = delivery;
  const rows = makeTableRows({ AzureWebJobsStorage: connectionString });
  const hosts = {
    azureDevOpsCollections: [],
    localEndpoints: { 'https://dev.azure.com/contoso': `${devops.url}/contoso` },
  };
  const connections = makeDevOpsConnections({
    hosts,
    authorization: personalAccessToken('token'),
    userAgent: 'test',
    now: () => new Date(),
  });
  const settled = makeSettleStore(rows);
  const events: string[] = [];
  /** What a worker of the queue does; each has what another process would have. */
  const follow = (...updates: readonly TagUpdate[]): Promise<void> =>
    runEffects(updates, (_level, event) => events.push(event), {
      store,
      effects: [
        makeStatusEffect({
          index: makeDeploymentIndex(rows),
          store,
          posted: makePostedStore(rows),
          findEnvironment,
          repositories: openRepositories(),
          buildTags: makeAzureBuildTags(connections),
          lastResult: settled.lastResult,
        }),
      ],
    });
  /** What a sync result of its application shows of a deployment. */
  const move = (update: TagUpdate, state: ProgressState, failed?: string): Promise<void> =>
    store.update(update, (current) =>
      applyProgress(
        current ?? notThere(update),
        current?.applications?.[0] ?? '',
        {
          state,
          at: '2026-11-20T10:05:00Z',
          ...(failed === undefined ? {} : { failures: [{ resource: failed, message: 'ImagePullBackOff' }] }),
        },
        new Date(),
      ),
    );
  const shown = async (path: string): Promise<readonly ShownStatus[]> => {
    const answer = await fetch(
      `${devops.url}/contoso/platform/_apis/git/repositories/gitops/${path}/statuses?latestOnly=true&api-version=7.1`,
      { headers: { authorization: `Basic ${Buffer.from(':token').toString('base64')}` } },
    );
    const { value } = (await answer.json()) as { value: readonly ShownStatus[] };
    return value;
  };
  const posts = (): number =>
    devops.requests.filter(({ method, path }) => method === 'POST' && path.includes('/statuses')).length;
  return { ...delivery, rows, settled, events, follow, move, shown, posts };
}

function notThere({ id }: TagUpdate): never {
  throw new Error(`there is no record ${id}`);
}

let stage: Awaited<ReturnType<typeof bench>>;
beforeEach(async () => {
  stage = await bench();
});

/** The last status of each context of the tip of `main`, by the emulator. */
async function atTip(): Promise<Record<string, string>> {
  const tip = (await git(['rev-parse', 'main'], stage.bare)).trim();
  const statuses = await stage.shown(`commits/${tip}`);
  return Object.fromEntries(
    statuses.map(({ context, state, description }) => [context.name, `${state}: ${description}`]),
  );
}

test('the GitOps commit shows the state of each application, from pending to the end', async () => {
  const { worker, update, follow, move, shown, bare } = stage;
  const cart = update('cart', '2');
  await worker()(cart);
  await follow(cart);
  expect(await atTip()).toEqual({ 'dev/argocd/cart': 'pending: 2 is committed; Argo CD has not synced it yet' });
  await move(cart, 'healthy');
  await follow(cart);
  expect(await atTip()).toEqual({ 'dev/argocd/cart': 'succeeded: 2 is healthy' });
  const tip = (await git(['rev-parse', 'main'], bare)).trim();
  expect((await shown(`commits/${tip}`))[0]).toMatchObject({
    context: { genre: 'argocd' },
    targetUrl: `https://dev.azure.com/contoso/platform/_git/gitops/commit/${tip}`,
  });
});

test('of several applications each shows its own part, with a link to Argo CD where that is known', async () => {
  const { worker, update, follow, move, shown, settled, bare, store } = stage;
  const wide = update('wide', '2');
  await worker()(wide);
  const result = parseSyncResult(
    {
      schemaVersion: 1,
      argocdUrl: 'https://argocd.contoso.example',
      application: { name: 'wide-weu', namespace: 'argocd' },
      sync: { status: 'Synced' },
      health: { status: 'Healthy' },
      reconciledAt: '2026-11-20T10:05:00Z',
    },
    new Date('2026-11-20T10:05:01Z'),
  );
  if (result.kind !== 'sync-result') throw new Error('the result of the test is none');
  await settled.keep('argocd/wide-weu', { result, receivedAt: '2026-11-20T10:05:01Z' });
  await move(wide, 'healthy');
  await follow(wide);
  expect(await store.find(wide)).toMatchObject({ state: 'syncing' });
  expect(await atTip()).toEqual({
    'dev/argocd/wide-weu': 'succeeded: 2 is healthy',
    'dev/argocd/wide-neu': 'pending: 2 is committed; Argo CD has not synced it yet',
  });
  const tip = (await git(['rev-parse', 'main'], bare)).trim();
  const links = (await shown(`commits/${tip}`)).map(({ targetUrl }) => targetUrl);
  expect(links).toContain('https://argocd.contoso.example/applications/argocd/wide-weu');
});

test('a job that comes twice posts nothing the second time, and a late one turns nothing back', async () => {
  const { worker, update, follow, move, posts, store } = stage;
  const cart = update('cart', '2');
  await worker()(cart);
  await follow(cart);
  await move(cart, 'healthy');
  await Promise.all([follow(cart), follow(cart), follow(cart)]);
  const before = posts();
  await store.update(cart, (current) => current && { ...current, followed: '' });
  await follow(cart);
  expect(posts()).toBe(before);
  expect(await atTip()).toEqual({ 'dev/argocd/cart': 'succeeded: 2 is healthy' });
});

test('of the deployments of one commit that share an application, the worst is shown until all are well', async () => {
  const { worker, update, follow, move } = stage;
  const [a, b] = [update('shared/a', '2'), update('shared/b', '2')];
  const deliver = worker();
  await Promise.all([deliver(a), deliver(b)]);
  await follow(a, b);
  await move(a, 'healthy');
  await move(b, 'failed', 'apps/Deployment shared/b');
  await Promise.all([follow(a), follow(b)]);
  expect(await atTip()).toEqual({
    'dev/argocd/shared': 'failed: 2 failed: apps/Deployment shared/b: ImagePullBackOff',
  });
  await move(b, 'healthy');
  await follow(b);
  expect(await atTip()).toEqual({ 'dev/argocd/shared': 'succeeded: 2 is healthy (and 1 more)' });
});

test('the reports of a group read their commit together, and post each context once', async () => {
  const { worker, update, follow, posts } = stage;
  const group = [update('cart', '2'), update('search', '2'), update('shared/a', '2'), update('shared/b', '2')];
  const deliver = worker();
  await Promise.all(group.map((one) => deliver(one)));
  await follow(...group);
  expect(posts()).toBe(3);
});

test('a pull request shows that it waits, and its merge carries the status on', async () => {
  const { worker, update, follow, shown, poll, bare } = stage;
  const proposed = update('proposed', '2');
  await worker()(proposed);
  await follow(proposed);
  expect(await shown('pullRequests/1')).toMatchObject([
    { state: 'pending', context: { name: 'prod/proposed' }, description: '2 waits for the merge of pull request 1' },
  ]);
  await stage.complete(1);
  await poll();
  await follow(proposed);
  expect((await shown('pullRequests/1')).at(-1)).toMatchObject({ state: 'succeeded', description: '2 is committed' });
  expect(await git(['log', '-1', '--format=%s', 'main'], bare)).toContain('deploy(proposed)');
  expect(await atTip()).toEqual({ 'prod/proposed': 'succeeded: 2 is committed' });
});

test('a commit that is gone is logged, and the record is followed up all the same', async () => {
  const { worker, update, follow, store, events } = stage;
  const cart = update('cart', '2');
  await worker()(cart);
  await store.update(cart, (current) => current && { ...current, commit: 'b'.repeat(40) });
  await follow(cart);
  expect(events).toEqual(['not-reported']);
  expect(await store.find(cart)).toHaveProperty('followed');
});

test('a status whose answer is lost is posted again', async () => {
  const { worker, update, follow, devops, store } = stage;
  const cart = update('cart', '2');
  await worker()(cart);
  devops.faults.add({ match: { method: 'POST', path: /statuses/ }, action: { kind: 'drop', when: 'after' }, times: 1 });
  await expect(follow(cart)).rejects.toMatchObject({ code: 'answer-lost' });
  expect((await store.find(cart))?.followed).toBeUndefined();
  await follow(cart);
  expect(await atTip()).toEqual({ 'dev/argocd/cart': 'pending: 2 is committed; Argo CD has not synced it yet' });
});
