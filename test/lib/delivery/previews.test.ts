import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { followPreviews } from '../../../src/lib/delivery/previews/follow-previews.ts';
import { makePreviewStore } from '../../../src/lib/delivery/previews/preview-store.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { listEnvironments } from '../../../src/lib/deployments/list-environments.ts';
import { makeShowAgain } from '../../../src/lib/deployments/show-again.ts';
import { makePostedStore } from '../../../src/lib/effects/posted.ts';
import { makePreviewEffect } from '../../../src/lib/effects/preview-effect.ts';
import { runEffects } from '../../../src/lib/effects/run-effects.ts';
import { makeStatusEffect } from '../../../src/lib/effects/status-effect.ts';
import { decideGate } from '../../../src/lib/gates/decide-gate.ts';
import { findAwaited } from '../../../src/lib/gates/find-awaited.ts';
import { moveTo } from '../../../src/lib/model/deployment.ts';
import type { KnownBuild } from '../../../src/lib/model/image-origin.ts';
import { mayBeSettled } from '../../../src/lib/model/is-open.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { newGate } from '../../support/gate.ts';
import { azureHost } from '../../support/pull-requests/azure-host.ts';
import { gitHubHost } from '../../support/pull-requests/github-host.ts';
import type { PullRequestHost } from '../../support/pull-requests/host.ts';

const routesOf = (repository: string) => `
defaults: { repository: '${repository}' }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: []
    application: 'argocd/shop-pr-{pr}'
    environments: { pr: { tags: { match: '^pr-(?<pr>\\d+)-(\\d+)$', order: numeric } } }
`;
const context = (application: string) => `argocd/pr/argocd/${application}`;
const files = { 'README.md': 'shop\n' };

type Delivery = Awaited<ReturnType<typeof deliveryBench>>;

async function onAzure(): Promise<[Delivery, PullRequestHost]> {
  const routes = routesOf('https://dev.azure.com/contoso/platform/_git/gitops');
  const delivery = await deliveryBench({ routes, files });
  return [delivery, await azureHost(delivery.devops, [])];
}

async function onGitHub(): Promise<[Delivery, PullRequestHost]> {
  const routes = routesOf('https://github.com/contoso/gitops');
  const delivery = await deliveryBench({ routes, files, gitHub: 'contoso/gitops' });
  const { gitHub, gitServer, gitHubToken } = delivery;
  if (!gitHub || !gitServer) throw new Error('the bench has no GitHub');
  return [delivery, gitHubHost(gitHub, gitServer, gitHubToken)];
}

/** Source repository and GitOps repository are one. */
async function bench(start: () => Promise<[Delivery, PullRequestHost]>) {
  const [delivery, host] = await start();
  const { store, rows, bare, findEnvironment } = delivery;
  const repositories = delivery.openRepositories();
  const index = makeDeploymentIndex(rows);
  const previews = makePreviewStore(rows);
  const clock = { minute: 0 };
  const now = () => new Date(Date.parse('2026-11-20T10:00:00Z') + clock.minute * 60_000);
  const apply = delivery.worker({ now });
  const effects = [
    makePreviewEffect({ previews }),
    makeStatusEffect({
      index,
      store,
      posted: makePostedStore(rows),
      findEnvironment,
      repositories,
      buildTags: { setTag: () => Promise.resolve() },
      lastResult: () => Promise.resolve(undefined),
    }),
  ];
  const follow = (update: TagUpdate) => runEffects([update], () => undefined, { store, effects });
  const lines: string[] = [];
  return {
    host,
    store,
    previews,
    /** A person opens a pull request. */
    open: async (source: string) => {
      const clone = `${bare}-${source}`;
      await git(['clone', '--quiet', bare, clone]);
      await git(['checkout', '--quiet', '-b', source], clone);
      await git(['commit', '--quiet', '--allow-empty', '-m', source], clone);
      await git(['push', '--quiet', 'origin', source], clone);
      const { pullRequests } = repositories.open(host.repository);
      const text = { title: source, description: '', reviewers: [], labels: [], workItems: [], draft: false };
      return (await pullRequests?.open({ source, target: 'main', ...text }))?.number ?? 0;
    },
    /** The build of a pull request pushes an image. */
    push: async (number: number, service = 'shop') => {
      clock.minute += 1;
      const update = delivery.update(service, `pr-${number}-${clock.minute}`, now().toISOString());
      expect(await apply(update)).toMatchObject({ kind: 'awaited' });
      const sourceVersion = (await git(['rev-parse', 'main'], bare)).trim();
      const build: KnownBuild = {
        collection: 'https://dev.azure.com/contoso',
        project: 'shop',
        id: clock.minute,
        number: `${clock.minute}`,
        definition: { id: 1, name: 'shop' },
        url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=1',
        repository: host.repository,
        sourceBranch: `refs/pull/${number}/merge`,
        sourceVersion,
        reason: 'pullRequest',
        trusted: true,
      };
      await store.update(update, (current) => current && { ...current, build, updatedAt: now().toISOString() });
      await follow(update);
      return update;
    },
    becomeHealthy: async (update: TagUpdate) => {
      await store.update(update, (current) => {
        const progress = { [current?.applications?.[0] ?? '']: { state: 'healthy' as const, at: now().toISOString() } };
        return current && { ...moveTo(current, 'healthy', {}, now()), progress };
      });
      await follow(update);
    },
    /** The clock asks. */
    ask: async () => {
      clock.minute += 5;
      const showAgain = makeShowAgain(rows);
      await followPreviews((_level, event) => lines.push(event), { previews, store, showAgain, repositories, now });
      return lines.splice(0);
    },
    shown: async () =>
      (await listEnvironments(rows)).environments.map(
        ({ environment, deployed }) => `${environment} ${deployed?.tag} ${deployed?.state}`,
      ),
    gateOf: async ({ image: { tag }, environment }: TagUpdate) => {
      const openedAt = now().toISOString();
      const gate = { ...newGate({ environment, selector: { kind: 'tag', tag } }), openedAt };
      const awaited = await findAwaited(gate, { index, store, findEnvironment });
      return decideGate({ ...gate, endsAt: '2026-11-21T10:00:00Z' }, awaited, now().getTime() + 120_000);
    },
  };
}

test.each([
  ['Azure Repos', onAzure],
  ['GitHub', onGitHub],
])('on %s a preview is shown on its pull request, and removed when that closes', async (_name, start) => {
  const { host, store, previews, open, push, becomeHealthy, ask, shown, gateOf } = await bench(start);
  const [first, second] = [await open('one'), await open('two')];
  const older = await push(second);
  await becomeHealthy(older);
  const update = await push(first);
  const waits = expect.stringContaining(`${context(`shop-pr-${first}`)} pending: ${update.image.tag} is pushed`);
  expect(await host.statuses(first)).toContainEqual(waits);
  const healthy = `${context(`shop-pr-${second}`)} succeeded: ${older.image.tag} is healthy`;
  expect(await host.statuses(second)).toContain(healthy);

  // While they are open nothing ends.
  expect(await ask()).toEqual([]);
  expect(await shown()).toEqual([`pr ${update.image.tag} committed`]);
  expect(await gateOf(update)).toMatchObject({ kind: 'waits' });

  // A Git host that does not answer ends nothing, and is asked again.
  await host.complete(first);
  host.failOnce();
  expect(await ask()).toContain('preview-not-followed');
  await ask();
  const ended = { state: 'superseded', code: 'pull-request-closed', reason: `pull request ${first} was merged` };
  const record = await store.find(update);
  expect(record).toMatchObject(ended);
  expect(await gateOf(update)).toEqual({
    kind: 'decided',
    succeeded: false,
    text: `shop ${update.image.tag} in pr was superseded: pull request ${first} was merged`,
  });
  // Argo CD may still report the application while it is removed.
  expect(record && mayBeSettled(record)).toBe(false);
  expect(await shown()).toEqual([`pr ${older.image.tag} healthy`]);
  expect(await previews.list()).toMatchObject([{ number: second }]);

  // A late build of a closed pull request ends too.
  const late = await push(first);
  expect(await ask()).toEqual(['preview-ended']);
  expect(await store.find(late)).toMatchObject(ended);

  await host.abandon(second);
  expect(await ask()).toEqual(['preview-ended']);
  expect(await store.find(older)).toMatchObject({ ...ended, reason: `pull request ${second} was closed` });
  expect(await shown()).toEqual([]);
  expect(await previews.list()).toEqual([]);
});
