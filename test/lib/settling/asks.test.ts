import { expect, test } from 'vitest';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { pauseMs, planAsk } from '../../../src/lib/settling/plan-ask.ts';
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
const files = { 'api.yaml': 'image: { tag: "1" }\n', 'web.yaml': 'image: { tag: "1" }\n' };

/** Argo CD as its API answers: `state.answer` is the application now. */
async function bench() {
  const state: { answer: () => SyncResult | undefined; asks: number; refreshes: number } = {
    answer: () => undefined,
    asks: 0,
    refreshes: 0,
  };
  const started = await settlingBench(
    { routes, files },
    {},
    {
      knows: () => true,
      refresh: () => {
        state.refreshes += 1;
        return Promise.resolve(state.answer());
      },
      getApplication: () => {
        state.asks += 1;
        return Promise.resolve(state.answer());
      },
    },
  );
  const { settling, clock, work, waiting } = started;
  const refresh = async (commit: string): Promise<void> => {
    settling.refresher.request({ application: 'argocd/shop-dev', commit, isHeld: false });
    await work();
  };
  /** Goes on to the next planned job, and works on it. */
  const next = async (): Promise<number> => {
    const before = clock.minute;
    clock.minute = Math.min(...waiting.map(({ at }) => at));
    await work();
    return Math.round((clock.minute - before) * 60);
  };
  return { ...started, state, refresh, next };
}

const progressing = (revision: string, minute: number): SyncResult =>
  syncResult({ revision, health: 'Progressing', operation: { startedAt: 60, finishedAt: 60 }, reconciledAt: minute });

test('the answer of a refresh settles; Argo CD is asked again with growing pauses until nothing is open', async () => {
  const { deploy, state, refresh, next, stateOf, clock, waiting } = await bench();
  const deployed = await deploy('api', '2');
  state.answer = () => progressing(deployed.commit, clock.minute);
  await refresh(deployed.commit);
  expect(await stateOf(deployed)).toBe('syncing');
  const pauses: number[] = [];
  while (clock.minute < 90) pauses.push(await next());
  expect(pauses.slice(0, 4)).toEqual([5, 5, 5, 5]);
  expect(pauses.every((pause, index) => index === 0 || pause >= (pauses[index - 1] ?? 0))).toBe(true);
  expect(pauses.at(-1)).toBe(240);
  state.answer = () => healthyAt(deployed.commit, 60, { images: ['contoso.azurecr.io/api:2'], reconciledAt: 200 });
  await next();
  expect(await stateOf(deployed)).toBe('healthy');
  expect(waiting).toEqual([]);
});

test('an application is asked once for all of its deployments', async () => {
  const { deploy, state, refresh, next, clock, waiting } = await bench();
  const api = await deploy('api', '2');
  const web = await deploy('web', '2');
  state.answer = () => progressing(web.commit, clock.minute);
  await refresh(api.commit);
  await refresh(web.commit);
  expect(waiting).toHaveLength(1);
  await next();
  expect(state.asks).toBe(1);
  expect(waiting).toHaveLength(1);
});

test('a notification is settled, and makes tagrelay ask now, once; the ask that it replaces does nothing', async () => {
  const { deploy, hear, state, refresh, next, stateOf, clock, waiting } = await bench();
  const deployed = await deploy('api', '2');
  state.answer = () => progressing(deployed.commit, clock.minute);
  await refresh(deployed.commit);
  await hear(progressing(deployed.commit, 60));
  await hear(progressing(deployed.commit, 60));
  expect(waiting).toHaveLength(2);
  state.answer = () => healthyAt(deployed.commit, 60, { images: ['contoso.azurecr.io/api:2'], reconciledAt: 200 });
  expect(await next()).toBe(1);
  expect(await stateOf(deployed)).toBe('healthy');
  await next();
  expect(state.asks).toBe(1);
  expect(waiting).toEqual([]);
});

test('a rollout that begins long after the commit is followed closely again', async () => {
  const { deploy, state, refresh, next, clock } = await bench();
  const deployed = await deploy('api', '2');
  state.answer = () => syncResult({ revision: deployed.commit, sync: 'OutOfSync', reconciledAt: clock.minute });
  await refresh(deployed.commit);
  while (clock.minute < 120) await next();
  const startedAt = clock.minute;
  const operation = { phase: 'Running', startedAt } as const;
  state.answer = () =>
    syncResult({ revision: deployed.commit, sync: 'OutOfSync', operation, reconciledAt: clock.minute });
  await next();
  expect(await next()).toBeLessThanOrEqual(60);
});

test('an application that Argo CD has not compared yet is asked again while a deployment waits', async () => {
  const { deploy, state, refresh, next, waiting } = await bench();
  await refresh('c0');
  expect(waiting).toEqual([]);
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  expect(waiting).toHaveLength(1);
  await next();
  expect(state.asks).toBe(1);
  expect(waiting).toHaveLength(1);
});

test('nothing is asked where the last deployment is superseded', async () => {
  const { deploy, state, refresh, bare, tip, waiting, stateOf } = await bench();
  const deployed = await deploy('api', '2');
  await commitFiles(bare, { 'api.yaml': 'image: { tag: "7" }\n' }, 'by hand');
  const revision = await tip();
  state.answer = () => healthyAt(revision, 60);
  await refresh(deployed.commit);
  expect(await stateOf(deployed)).toBe('superseded');
  expect(waiting).toEqual([]);
});

test('an Argo CD that refuses ends the asks; the next notification starts them again', async () => {
  const { deploy, hear, state, refresh, next, events, waiting, clock } = await bench();
  const deployed = await deploy('api', '2');
  state.answer = () => progressing(deployed.commit, clock.minute);
  await refresh(deployed.commit);
  state.answer = () => {
    throw new Failure('argocd-permission-denied', 'no');
  };
  await next();
  expect(events).toContain('argocd-not-asked');
  expect(waiting).toEqual([]);
  state.answer = () => progressing(deployed.commit, clock.minute);
  await hear(progressing(deployed.commit, 61));
  expect(waiting).toHaveLength(1);
});

test('an ask whose message could not be sent is planned again by the next call', async () => {
  const { settling, now, waiting, send } = await bench();
  const { results } = settling;
  let failures = 1;
  const plan = () =>
    planAsk(
      'argocd/shop-dev',
      { isHint: true },
      {
        results,
        now,
        newId: () => `${Math.random()}`,
        sendLater: (_key, job, delaySeconds) =>
          failures-- > 0 ? Promise.reject(new Failure('storage-unavailable', 'no')) : send(job, { delaySeconds }),
      },
    );
  await expect(plan()).rejects.toMatchObject({ code: 'storage-unavailable' });
  await plan();
  await plan();
  expect(waiting).toHaveLength(1);
});

test('pauses have bounds', () => {
  expect([0, 20_000, 60_000, 3_600_000].map(pauseMs)).toEqual([5_000, 5_000, 15_000, 240_000]);
});
