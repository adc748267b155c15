import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startArgoCd } from '../../../local/argocd/argocd.ts';
import type { ArgoCd, ArgoCdOptions } from '../../../local/argocd/argocd.ts';
import { makeArgoCdApi } from '../../../src/lib/argocd/argocd-api.ts';
import { parseSyncResult } from '../../../src/lib/intake/parse-sync-result.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { revisionsOf } from '../../../src/lib/intake/sync-result-revisions.ts';
import { addCommit, makeBareRepository } from '../../support/bare-repository.ts';
import { eventually } from '../../support/eventually.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import type { LoopbackServer } from '../../support/loopback-server.ts';

const token = 'account-token';
const repoURL = 'https://dev.azure.com/contoso/platform/_git/gitops';
const pace = {
  pollMs: 10,
  syncMs: 30,
  retryMs: 5,
  healthMs: 30,
  deadlineMs: 30,
  graceMs: 0,
  resyncMs: 100,
  evaluationMs: 0,
  retryWaitMs: [5, 20],
} as const;
const values = (tag: string) => `image:\n  repository: contoso.azurecr.io/shop/checkout\n  tag: "${tag}"\n`;
const image = (tag: string) => `contoso.azurecr.io/shop/checkout:${tag}`;
const checkout = { name: 'checkout-dev', sources: [{ repoURL, path: 'apps/checkout', targetRevision: 'main' }] };

let folder: string;
let directory: string;
let receiver: LoopbackServer;
let heard: SyncResult[];
let secrets: (string | undefined)[];
/** What the receiver answers. */
let status: number;
let argocd: ArgoCd | undefined;
let logged: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'argocd-'));
  receiver = await serveOnLoopback(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    const result = parseSyncResult(body, new Date());
    if (request.method !== 'POST' || result.kind !== 'sync-result') throw new Error(JSON.stringify(result));
    secrets.push(request.headers['x-tagrelay-secret'] as string);
    if (status === 202) heard.push(result);
    response.writeHead(status).end();
  });
});
afterAll(async () => {
  await receiver.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  directory = await mkdtemp(join(folder, 'bare-'));
  await makeBareRepository(directory);
  [heard, secrets, logged, status] = [[], [], [], 202];
});
afterEach(async () => {
  await argocd?.close();
  argocd = undefined;
});

async function start(options: Partial<ArgoCdOptions> = {}): Promise<ArgoCd> {
  argocd = await startArgoCd({
    applications: [checkout],
    repositories: { [repoURL]: directory },
    notifyUrl: receiver.url,
    headers: { 'x-functions-key': 'k', 'x-tagrelay-secret': 'the secret' },
    token,
    pace,
    log: (message) => void logged.push(message),
    ...options,
  });
  return argocd;
}

async function startWith(tag: string, options?: Partial<ArgoCdOptions>): Promise<string> {
  const commit = await addCommit(directory, { files: { 'apps/checkout/values.yaml': values(tag) } });
  await start(options);
  await until(() => expect(last()).toMatchObject({ sync: { status: 'Synced', revisions: [commit] } }));
  return commit;
}

const push = (tag: string) => addCommit(directory, { files: { 'apps/checkout/values.yaml': values(tag) } });
const last = () => heard.at(-1);
const until = (check: () => void) => eventually(check);

/** Phase and health, each change once. */
function course(): readonly string[] {
  const steps = heard.map(
    ({ operation, health, sync }) => `${operation?.phase ?? 'None'} ${sync.status} ${health.status}`,
  );
  return steps.filter((step, index) => step !== steps[index - 1]);
}

test('a rollout sends each of its states once', async () => {
  await startWith('1.0.0', { pace: { ...pace, syncMs: 300, healthMs: 300 } });
  const before = heard.length;
  const commit = await push('1.1.0');
  await until(() => expect(last()).toMatchObject({ health: { status: 'Healthy' }, images: [image('1.1.0')] }));
  // Some more evaluations of the triggers.
  await new Promise((resolve) => setTimeout(resolve, 5 * pace.resyncMs));
  const sent = heard.slice(before).map(({ operation, sync, health }) => JSON.stringify([operation, sync, health]));
  expect(sent).toEqual([...new Set(sent)]);
  expect(sent.length).toBeLessThanOrEqual(3);
  expect(last()?.sync.revisions).toEqual([commit]);
});

test('what is deployed already is told without an operation', async () => {
  const commit = await startWith('1.0.0');
  expect(last()).toMatchObject({
    application: { namespace: 'argocd', name: 'checkout-dev' },
    sync: { status: 'Synced', revisions: [commit] },
    health: { status: 'Healthy' },
    images: [image('1.0.0')],
  });
  expect(last()).not.toHaveProperty('operation');
  expect(new Set(secrets)).toEqual(new Set(['the secret']));
});

test('a commit is synced and becomes healthy, with the image of its files', async () => {
  // Slow, as what passes while the receiver is busy is not told.
  await startWith('1.0.0', { pace: { ...pace, syncMs: 400, healthMs: 400 } });
  const commit = await push('1.1.0');
  await until(() => expect(last()).toMatchObject({ health: { status: 'Healthy' }, images: [image('1.1.0')] }));
  expect(logged).toEqual([]);
  expect(course()).toEqual([
    'None Synced Healthy',
    'Running OutOfSync Healthy',
    'Succeeded Synced Progressing',
    'Succeeded Synced Healthy',
  ]);
  const result = last();
  const { operation } = result ?? {};
  expect(result && revisionsOf(result, repoURL)).toEqual({ compared: [commit], operated: [commit] });
  expect(Date.parse(result?.reconciledAt ?? '')).toBeGreaterThanOrEqual(Date.parse(operation?.finishedAt ?? ''));
});

test('unchanged manifests start no operation, and the revision is told all the same', async () => {
  await startWith('1.0.0');
  const commit = await addCommit(directory, { files: { 'apps/other/values.yaml': values('9') } });
  await until(() => expect(last()).toMatchObject({ sync: { status: 'Synced', revisions: [commit] } }));
  expect(last()).not.toHaveProperty('operation');
});

test('an image that breaks degrades the application, and a good one mends it', async () => {
  await startWith('1.0.0');
  await push('1.1.0-broken');
  await until(() => expect(last()).toMatchObject({ health: { status: 'Degraded' } }));
  expect(last()).toMatchObject({ operation: { phase: 'Succeeded' }, images: [image('1.0.0'), image('1.1.0-broken')] });
  await push('1.1.1');
  await until(() => expect(last()).toMatchObject({ health: { status: 'Healthy' }, images: [image('1.1.1')] }));
});

test('what cannot be applied fails the operation, and the resource is named', async () => {
  await startWith('1.0.0');
  const commit = await push('invalid-1');
  await until(() => expect(last()).toMatchObject({ operation: { phase: 'Failed', revisions: [commit] } }));
  expect(last()).toMatchObject({
    sync: { status: 'OutOfSync' },
    health: { status: 'Healthy' },
    images: [image('1.0.0')],
    operation: { failedResources: [{ kind: 'Deployment', name: 'checkout', status: 'SyncFailed' }] },
    conditions: [{ type: 'SyncError' }],
  });
});

test('a receiver that was out of reach hears how it ended', async () => {
  await startWith('1.0.0');
  status = 503;
  heard = [];
  const commit = await push('1.1.0');
  await until(() => expect(argocd?.application('argocd/checkout-dev').status.summary.images).toEqual([image('1.1.0')]));
  await until(() => expect(logged).toContain(`argocd/checkout-dev: ${receiver.url} answered 503`));
  expect(heard).toEqual([]);
  status = 202;
  await until(() => expect(last()).toMatchObject({ health: { status: 'Healthy' }, sync: { revisions: [commit] } }));
});

test('a sync by hand is an operation of its own', async () => {
  await startWith('1.0.0');
  argocd?.sync('argocd/checkout-dev');
  await until(() => expect(last()).toMatchObject({ operation: { phase: 'Succeeded' }, health: { status: 'Healthy' } }));
});

test('a pod that breaks days later is told', async () => {
  await startWith('1.0.0');
  argocd?.setHealth('argocd/checkout-dev', 'Degraded');
  await until(() => expect(last()).toMatchObject({ health: { status: 'Degraded' }, sync: { status: 'Synced' } }));
  argocd?.setHealth('argocd/checkout-dev', 'Healthy');
  await until(() => expect(argocd?.application('argocd/checkout-dev').status.health.status).toBe('Healthy'));
});

test('a branch that is not there is unknown until it is', async () => {
  await start();
  await until(() =>
    expect(last()).toMatchObject({ sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError' }] }),
  );
  await push('1.0.0');
  await until(() => expect(last()).toMatchObject({ operation: { phase: 'Succeeded' }, health: { status: 'Healthy' } }));
  expect(last()?.conditions).toEqual([]);
});

test('several sources have a revision each, and images may stand at places of their own', async () => {
  const sources = [
    {
      repoURL,
      targetRevision: 'main',
      ref: 'values',
      images: [{ file: 'apps/values.yaml', image: 'contoso.azurecr.io/api', tag: 'api.tag' }],
    },
    { repoURL: 'https://charts.contoso.example', chart: 'shop', targetRevision: '2.0.0' },
  ];
  const commit = await addCommit(directory, { files: { 'apps/values.yaml': 'api:\n  tag: 1.20\n' } });
  await start({ applications: [{ name: 'shop', namespace: 'team', sources }] });
  await until(() =>
    expect(last()).toMatchObject({
      application: { namespace: 'team', name: 'shop' },
      sync: { revisions: [commit, '2.0.0'] },
      images: ['contoso.azurecr.io/api:1.20'],
    }),
  );
});

const client = (own: ArgoCd, bearer = token) =>
  makeArgoCdApi({
    instances: new Map([['', { url: own.url, publicUrl: own.url, token: bearer }]]),
    now: () => new Date(),
  });

describe('the API', () => {
  test('says what the last notification said', async () => {
    await startWith('1.0.0');
    await push('1.1.0');
    await until(() => expect(last()).toMatchObject({ images: [image('1.1.0')] }));
    const own = argocd as ArgoCd;
    const asked = await client(own).getApplication('argocd/checkout-dev');
    const syncPolicy = { isAutomated: true, prunes: true };
    expect({ ...asked, reconciledAt: '' }).toEqual({ ...last(), reconciledAt: '', syncPolicy });
  });

  test('names the degraded resources and what they run', async () => {
    await startWith('1.0.0');
    await push('1.1.0-broken');
    await until(() => expect(last()).toMatchObject({ health: { status: 'Degraded' } }));
    const { degraded } = await client(argocd as ArgoCd).getResources('argocd/checkout-dev');
    expect(degraded).toMatchObject([
      { kind: 'Pod', images: [image('1.1.0-broken')], message: `Back-off pulling image "${image('1.1.0-broken')}"` },
      { kind: 'Deployment', name: 'checkout', images: [image('1.1.0-broken')] },
    ]);
  });

  test('wants the token, and shows nothing of what is not there', async () => {
    await startWith('1.0.0');
    const own = argocd as ArgoCd;
    await expect(client(own, 'another').getApplication('argocd/checkout-dev')).rejects.toMatchObject({
      code: 'argocd-sign-in-failed',
    });
    await expect(client(own).getApplication('argocd/nothing')).rejects.toMatchObject({
      code: 'argocd-permission-denied',
    });
    await expect(client(own).getApplication('other/checkout-dev')).rejects.toMatchObject({
      code: 'argocd-permission-denied',
    });
  });

  test('has a page for people, where links lead', async () => {
    const commit = await startWith('1.0.0');
    const page = await fetch(`${argocd?.url}/applications/argocd/checkout-dev`);
    expect(await page.text()).toBe(
      `argocd/checkout-dev\nSynced with ${commit}\nHealthy\nNever synced.\n${image('1.0.0')}\n`,
    );
    expect((await fetch(`${argocd?.url}/applications/argocd/nothing`)).status).toBe(404);
  });
});

const apiOf = ({ url }: ArgoCd) =>
  makeArgoCdApi({ instances: new Map([['', { url, publicUrl: url, token }]]), now: () => new Date() });

describe('a refresh by the API', () => {
  // The first poll is at a random part of it.
  const slow = { ...pace, pollMs: 1_000_000_000 };
  test('compares now, where the next poll is minutes away', async () => {
    await startWith('1.0.0', { pace: slow });
    const commit = await push('1.1.0');
    if (!argocd) throw new Error('not started');
    await apiOf(argocd).refresh('argocd/checkout-dev');
    expect(argocd.application('argocd/checkout-dev').status.sync).toMatchObject({ revision: commit });
    await until(() => expect(last()).toMatchObject({ health: { status: 'Healthy' }, images: [image('1.1.0')] }));
  });

  test('without it the commit waits for the poll', async () => {
    const before = await startWith('1.0.0', { pace: slow });
    await push('1.1.0');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(argocd?.application('argocd/checkout-dev').status.sync).toMatchObject({ revision: before });
  });
});
