import { describe, expect, test } from 'vitest';
import { commitFiles } from '../../support/platform.ts';
import { healthyAt, settlingBench, syncResult, queueEffects } from '../../support/settling.ts';
import type { Said } from '../../support/settling.ts';

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
const bench = () => settlingBench({ routes, files: { 'api.yaml': values('1'), 'web.yaml': values('1') } });

/** Each trace breaks a promise where its rule is left out of the model of settling. */
describe('traces of the model', () => {
  test('ownop: an operation that failed before the commit fails no deployment', async () => {
    const { deploy, hear, stateOf, tip } = await bench();
    const first = await tip();
    const deployed = await deploy('api', '2');
    const failed = { revision: first, phase: 'Failed', startedAt: 2, finishedAt: 3 } as const;
    await hear(syncResult({ revision: deployed.commit, operation: failed, reconciledAt: 5 }));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('ownop: an operation that failed at the commit fails its deployment', async () => {
    const { deploy, hear, store } = await bench();
    const { commit, ...deployed } = await deploy('api', '2');
    const operation = { phase: 'Failed', startedAt: 2, finishedAt: 3 } as const;
    const said = { revision: commit, sync: 'OutOfSync', operation, reconciledAt: 5 } as const;
    await hear(syncResult({ ...said, message: 'one or more objects failed to apply' }));
    expect(await store.find(deployed)).toMatchObject({
      state: 'failed',
      reason: 'argocd/shop-dev: one or more objects failed to apply',
    });
  });

  test('recon: of two results of one operation the one that was looked at later is the last', async () => {
    const { bare, update, apply, hear, stateOf, tip, work } = await bench();
    await commitFiles(bare, { 'api.yaml': values('2') }, 'by hand');
    const revision = await tip();
    const operation = { startedAt: 6, finishedAt: 7 };
    await hear(syncResult({ revision, operation, reconciledAt: 8 }));
    await hear(syncResult({ revision, sync: 'OutOfSync', operation, reconciledAt: 5 }));
    const deployed = update('api', '2');
    await apply(deployed);
    await work();
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test.each([
    ['as they happened', [0, 1]],
    ['the other way round', [1, 0]],
    ['doubled', [1, 0, 1, 0]],
  ])('join: healthy and then another value ends healthy: %s', async (_name, order) => {
    const { deploy, hear, stateOf } = await bench();
    const first = await deploy('api', '2');
    const second = await deploy('api', '3');
    const results = [healthyAt(first.commit, 1), healthyAt(second.commit, 11)];
    for (const index of order) await hear(results[index] ?? fail());
    expect([await stateOf(first), await stateOf(second)]).toEqual(['healthy', 'healthy']);
  });

  test("content: a person's revert supersedes, though no deployment is newer", async () => {
    const { deploy, hear, store, bare, tip } = await bench();
    const { commit: _commit, ...deployed } = await deploy('api', '2');
    await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert');
    const revision = await tip();
    await hear(healthyAt(revision, 1));
    expect(await store.find(deployed)).toMatchObject({
      state: 'superseded',
      progress: { 'argocd/shop-dev': { state: 'superseded', revision } },
    });
  });

  test('content: what was skipped is superseded, and what replaced it healthy', async () => {
    const { deploy, hear, stateOf } = await bench();
    const skipped = await deploy('api', '2');
    const other = await deploy('web', '2');
    const newer = await deploy('api', '3');
    await hear(healthyAt(newer.commit, 1));
    expect(await Promise.all([skipped, other, newer].map(stateOf))).toEqual(['superseded', 'healthy', 'healthy']);
  });

  test('lastfirst: a record that is written while the result lists deployments meets the result', async () => {
    const { bare, tip, hear, update, apply, stateOf, settling, work } = await bench();
    await commitFiles(bare, { 'api.yaml': values('2') }, 'by hand');
    const deployed = update('api', '2');
    const { results } = settling;
    let isFirst = true;
    Object.assign(settling, {
      results: {
        ...results,
        open: async (...args: Parameters<typeof results.open>) => {
          const rows = await results.open(...args);
          if (isFirst) {
            isFirst = false;
            await apply(deployed);
            // What follows from the record is over before the result goes on.
            await work();
          }
          return rows;
        },
      },
    });
    await hear(healthyAt(await tip(), 1));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('again: a result whose worker was killed between write and report reports when it is delivered again', async () => {
    const { deploy, hear, stateOf, settling, store, waiting, work } = await bench();
    const deployed = await deploy('api', '2');
    await work();
    const { settleResult } = await import('../../../src/lib/settling/settle-result.ts');
    const { withEffects } = await import('../../../src/lib/effects/effect-jobs.ts');
    const dying = withEffects(store, {
      send: () => Promise.reject(new Error('killed')),
      sleep: () => Promise.resolve(),
    });
    const result = healthyAt(deployed.commit, 1);
    const job = { application: 'argocd/shop-dev', result };
    await expect(settleResult(job, () => {}, { ...settling, withEffects: queueEffects, store: dying })).rejects.toThrow(
      'killed',
    );
    waiting.length = 0;
    expect(await stateOf(deployed)).toBe('healthy');
    await settleResult(job, () => {}, { ...settling, withEffects: queueEffects, store });
    expect(waiting).toHaveLength(1);
    await hear(result);
    expect(await store.find(deployed)).toHaveProperty('followed');
  });
});

describe('what a result says', () => {
  const sayings: readonly (readonly [string, Partial<Said>, string])[] = [
    ['a Healthy from before the end of the operation', { operation: { startedAt: 1, finishedAt: 9 } }, 'syncing'],
    ['a running operation', { operation: { phase: 'Running', startedAt: 1 } }, 'syncing'],
    ['an operation that ended in an error', { operation: { phase: 'Error', startedAt: 1, finishedAt: 2 } }, 'failed'],
    ['OutOfSync after an operation', { sync: 'OutOfSync', operation: { startedAt: 1, finishedAt: 2 } }, 'syncing'],
    [
      'Degraded for longer than failureAfter',
      { health: 'Degraded', healthSince: 3, reconciledAt: 8, operation: { startedAt: 1, finishedAt: 2 } },
      'degraded',
    ],
    [
      'Degraded since long before the operation',
      { health: 'Degraded', healthSince: -900, reconciledAt: 4, operation: { startedAt: 1, finishedAt: 2 } },
      'syncing',
    ],
  ];
  test.each(sayings)('%s', async (_name, said, state) => {
    const { deploy, hear, stateOf, clock } = await bench();
    clock.minute = 4;
    const deployed = await deploy('api', '2');
    await hear(syncResult({ revision: deployed.commit, reconciledAt: 4, ...said }));
    expect(await stateOf(deployed)).toBe(state);
  });

  test('an application that Argo CD has never synced, Synced and Healthy all the same', async () => {
    const { deploy, hear, stateOf } = await bench();
    const deployed = await deploy('api', '2');
    await hear(syncResult({ revision: deployed.commit, reconciledAt: 4 }));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('nothing of a revision that the repository has not got', async () => {
    const { deploy, hear, stateOf } = await bench();
    const deployed = await deploy('api', '2');
    await hear(healthyAt('e'.repeat(40), 1));
    expect(await stateOf(deployed)).toBe('committed');
  });
});

function fail(): never {
  throw new Error('there is no such result');
}
