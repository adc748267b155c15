import { expect, test } from 'vitest';
import { transitionsOf } from '../../../src/lib/audit/transitions.ts';
import { commitFiles } from '../../support/platform.ts';
import { healthyAt, settlingBench, syncResult } from '../../support/settling.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
/** The results that Argo CD 3.5 reports; `failureAfter` is 5 min. */
const bench = () => settlingBench({ routes, files: { 'api.yaml': values('1'), 'web.yaml': values('1') } });
const runs = (tag: string) => ({ images: [`contoso.azurecr.io/api:${tag}`] });

test('a failing attempt is shown at once, and counts as failed after failureAfter', async () => {
  const { deploy, hear, store, clock, work } = await bench();
  const { commit, ...deployed } = await deploy('api', '2');
  clock.minute = 61;
  const operation = { phase: 'Running', startedAt: 60, finishedAt: 61, retryCount: 2, retryLimit: 5 } as const;
  const said = { revision: commit, sync: 'OutOfSync', message: 'one or more objects failed to apply' } as const;
  await hear(syncResult({ ...said, operation, reconciledAt: 61 }));
  expect(await store.find(deployed)).toMatchObject({
    state: 'syncing',
    reason: 'argocd/shop-dev: attempt 2 of 5 failed: one or more objects failed to apply',
  });
  await hear(syncResult({ ...said, operation: { ...operation, retryCount: 3 }, reconciledAt: 62 }));
  expect((await store.find(deployed))?.reason).toContain('attempt 3 of 5');
  clock.minute = 66;
  await work();
  expect((await store.find(deployed))?.state).toBe('failed');
});

test('a state keeps who started the sync that led to it, once the operation has ended', async () => {
  const { deploy, hear, store } = await bench();
  const { commit, ...deployed } = await deploy('api', '2');
  const running = { phase: 'Running', startedAt: 60, revision: commit, startedBy: { name: 'lee' } } as const;
  await hear(syncResult({ revision: commit, sync: 'OutOfSync', operation: running, reconciledAt: 61 }));
  const ended = { startedAt: 60, finishedAt: 62, startedBy: { name: 'kim', orAutomated: true } } as const;
  await hear(syncResult({ revision: commit, operation: ended, reconciledAt: 63, ...runs('2') }));
  const record = await store.find(deployed);
  expect(record?.states.map(({ state, syncedBy }) => [state, syncedBy])).toEqual([
    ['queued', undefined],
    ['committed', undefined],
    ['syncing', undefined],
    ['healthy', 'kim or automated'],
  ]);
  expect(record?.progress?.['argocd/shop-dev']).toMatchObject({ syncedBy: 'kim or automated' });
  expect(record && transitionsOf(record).at(-1)?.actor).toBe('Argo CD argocd/shop-dev, sync by kim or automated');
});

test('an operation that was failing and is replaced by a newer one has failed, though its end is never reported', async () => {
  const { deploy, hear, stateOf, clock, bare, tip } = await bench();
  const deployed = await deploy('api', '2');
  clock.minute = 61;
  const operation = { phase: 'Running', startedAt: 60, finishedAt: 61, retryCount: 1 } as const;
  await hear(syncResult({ revision: deployed.commit, sync: 'OutOfSync', operation, reconciledAt: 61 }));
  await commitFiles(bare, { 'web.yaml': values('9') }, 'by hand');
  const next = { phase: 'Running', startedAt: 62, revision: deployed.commit } as const;
  await hear(syncResult({ revision: await tip(), sync: 'OutOfSync', operation: next, reconciledAt: 62 }));
  expect(await stateOf(deployed)).toBe('failed');
});

test.each([
  ['runs', undefined],
  ['fails as well', { finishedAt: 63, retryCount: 1 }],
] as const)(
  'an operation that was failing has failed, though the newer one brings a newer tag and %s',
  async (_name, more) => {
    const { deploy, hear, store, stateOf, clock } = await bench();
    const { commit, ...first } = await deploy('api', '2');
    clock.minute = 61;
    const operation = { phase: 'Running', startedAt: 60, finishedAt: 61, retryCount: 1 } as const;
    await hear(syncResult({ revision: commit, sync: 'OutOfSync', operation, message: 'refused', reconciledAt: 61 }));
    const second = await deploy('api', '3');
    clock.minute = 63;
    const next = { phase: 'Running', startedAt: 62, revision: more ? second.commit : commit, ...more } as const;
    await hear(syncResult({ revision: second.commit, sync: 'OutOfSync', operation: next, reconciledAt: 63 }));
    expect(await store.find(first)).toMatchObject({ state: 'failed', reason: expect.stringContaining('refused') });
    expect(await stateOf(second)).toBe('syncing');
  },
);

test('a failed operation whose fix needs no new one ends healthy, if the image runs', async () => {
  const { deploy, hear, stateOf, bare, tip } = await bench();
  const deployed = await deploy('api', '2');
  const operation = { phase: 'Failed', startedAt: 60, finishedAt: 61, revision: deployed.commit } as const;
  await hear(syncResult({ revision: deployed.commit, sync: 'OutOfSync', operation, reconciledAt: 62 }));
  expect(await stateOf(deployed)).toBe('failed');
  await commitFiles(bare, { 'README.md': 'the manifest is fixed' }, 'by hand');
  await hear(syncResult({ revision: await tip(), operation, reconciledAt: 63, ...runs('1') }));
  expect(await stateOf(deployed)).toBe('failed');
  await hear(syncResult({ revision: await tip(), operation, reconciledAt: 64, ...runs('2') }));
  expect(await stateOf(deployed)).toBe('healthy');
});

test('manifests that cannot be rendered are pending with the reason, then failed, then healthy', async () => {
  const { deploy, hear, store, clock, work } = await bench();
  const { commit, ...deployed } = await deploy('api', '2');
  const error = { message: 'failed to generate manifest: image.tag is required', since: 62 };
  clock.minute = 63;
  await hear(syncResult({ revision: 'main', sync: 'Unknown', error, reconciledAt: 63 }));
  expect(await store.find(deployed)).toMatchObject({
    state: 'syncing',
    reason: 'argocd/shop-dev: failed to generate manifest: image.tag is required',
  });
  clock.minute = 68;
  await work();
  expect(await store.find(deployed)).toMatchObject({ state: 'failed', reason: expect.stringContaining('image.tag') });
  await hear(healthyAt(commit, 70, runs('2')));
  expect((await store.find(deployed))?.state).toBe('healthy');
});

test('an error that ends before failureAfter leaves no reason behind', async () => {
  const { deploy, hear, store, clock, work, bare, tip } = await bench();
  const before = await tip();
  const { commit, ...deployed } = await deploy('api', '2');
  expect(commit).not.toBe(before);
  clock.minute = 63;
  const error = { message: 'connection refused', since: 62 };
  await hear(syncResult({ revision: 'main', sync: 'Unknown', error, reconciledAt: 63 }));
  await hear(syncResult({ revision: before, reconciledAt: 64 }));
  clock.minute = 80;
  await work();
  const record = await store.find(deployed);
  expect(record?.state).toBe('syncing');
  expect(record).not.toHaveProperty('reason');
  expect(bare).toBeDefined();
});

test('a record that is written while its application cannot be rendered is pending with the reason', async () => {
  const { update, apply, hear, store, clock, work } = await bench();
  clock.minute = 63;
  const error = { message: 'the chart is broken', since: 10 };
  await hear(syncResult({ revision: 'main', sync: 'Unknown', error, reconciledAt: 63 }));
  const deployed = update('api', '2');
  await apply(deployed);
  await work();
  expect(await store.find(deployed)).toMatchObject({
    state: 'syncing',
    reason: 'argocd/shop-dev: the chart is broken',
  });
  clock.minute = 69;
  await work();
  expect((await store.find(deployed))?.state).toBe('failed');
});

test('a manual sync that ends in Error without a revision has its message as the reason', async () => {
  const { deploy, hear, store, clock, work } = await bench();
  const { commit: _commit, ...deployed } = await deploy('api', '2');
  clock.minute = 63;
  const operation = { phase: 'Error', startedAt: 62, finishedAt: 62, revision: '' } as const;
  await hear(
    syncResult({ revision: '', sync: 'OutOfSync', operation, message: 'ComparisonError: no', reconciledAt: 63 }),
  );
  expect(await store.find(deployed)).toMatchObject({
    state: 'syncing',
    reason: expect.stringContaining('ComparisonError'),
  });
  clock.minute = 68;
  await work();
  expect((await store.find(deployed))?.state).toBe('failed');
});

test('an application that stays OutOfSync is healthy with a warning once its own operation has deployed the image', async () => {
  const { deploy, hear, store } = await bench();
  const { commit, ...deployed } = await deploy('api', '2');
  const said = { revision: commit, sync: 'OutOfSync', operation: { startedAt: 60, finishedAt: 61 } } as const;
  await hear(syncResult({ ...said, reconciledAt: 60, ...runs('2') }));
  await hear(syncResult({ ...said, reconciledAt: 62, ...runs('1') }));
  expect((await store.find(deployed))?.state).toBe('syncing');
  await hear(syncResult({ ...said, reconciledAt: 63, ...runs('2') }));
  expect(await store.find(deployed)).toMatchObject({ state: 'healthy', warning: 'argocd/shop-dev is OutOfSync' });
  await hear(syncResult({ ...said, sync: 'Synced', reconciledAt: 64, ...runs('2') }));
  expect(await store.find(deployed)).not.toHaveProperty('warning');
});

test('nothing is concluded from the revision of an operation that has just started: it can be the previous one', async () => {
  const { deploy, hear, stateOf, tip } = await bench();
  const before = await tip();
  const first = await deploy('api', '2');
  const second = await deploy('api', '3');
  // Before the sync by hand, a later revision had been deployed and reverted.
  const operation = { phase: 'Running', startedAt: 60, revision: second.commit } as const;
  await hear(syncResult({ revision: before, sync: 'OutOfSync', operation, reconciledAt: 60 }));
  expect([await stateOf(first), await stateOf(second)]).toEqual(['committed', 'committed']);
});

test('an operation that failed before it changed anything supersedes no deployment', async () => {
  const { deploy, hear, store, stateOf } = await bench();
  const { commit: _commit, ...first } = await deploy('api', '2');
  const second = await deploy('api', '3');
  const operation = { phase: 'Failed', startedAt: 60, finishedAt: 61 } as const;
  const said = { revision: second.commit, sync: 'OutOfSync', message: 'no' } as const;
  await hear(syncResult({ ...said, operation, reconciledAt: 62 }));
  expect(await stateOf(second)).toBe('failed');
  expect(await store.find(first)).toMatchObject({
    state: 'syncing',
    reason: `argocd/shop-dev: ${second.commit.slice(0, 10)} holds another value, but its sync failed: no`,
  });
  await hear(healthyAt(second.commit, 70, runs('3')));
  expect([await stateOf(first), await stateOf(second)]).toEqual(['superseded', 'healthy']);
});

test('an operation that failed, but has deployed its newer value, supersedes the older one once that runs alone', async () => {
  const { deploy, hear, stateOf } = await bench();
  const first = await deploy('api', '2');
  const second = await deploy('api', '3');
  const operation = { phase: 'Failed', startedAt: 60, finishedAt: 61 } as const;
  const said = { revision: second.commit, sync: 'OutOfSync', operation } as const;
  for (const [minute, images] of [['1'], ['2', '3'], ['3']].entries()) {
    expect(await stateOf(first)).toBe(minute === 0 ? 'committed' : 'syncing');
    const running = images.map((tag) => `contoso.azurecr.io/api:${tag}`);
    await hear(syncResult({ ...said, images: running, reconciledAt: 62 + minute }));
  }
  expect([await stateOf(first), await stateOf(second)]).toEqual(['superseded', 'failed']);
});
