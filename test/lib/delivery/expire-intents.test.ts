import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import type { Repositories } from '../../../src/lib/git/repositories.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Log } from '../../../src/lib/model/log.ts';
import { expireIntents } from '../../../src/lib/delivery/intents/expire.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';

const routes = `
defaults: { repository: https://dev.azure.com/Contoso/Platform/_git/GitOps, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: [dev]
`;
const minute = 60 * 1000;

const ahead = () => new Date(Date.now() + 24 * 60 * minute);
const killed = () => Promise.reject(new Error('killed'));

async function bench() {
  const delivery = await deliveryBench({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const { store, findEnvironment, openRepositories, worker, update, bare } = delivery;
  const logged: string[] = [];
  const pauses: number[] = [];
  const log: Log = (_level, event) => void logged.push(event);
  const timerAfter = (ms: number, overrides: Partial<Parameters<typeof expireIntents>[1]> = {}) =>
    expireIntents(log, {
      store,
      findEnvironment,
      repositories: openRepositories(),
      sleep: (waited) => Promise.resolve(void pauses.push(waited)),
      random: () => 0.5,
      now: () => new Date(Date.now() + ms),
      ...overrides,
    });
  return {
    ...delivery,
    logged,
    pauses,
    timerAfter,
    /** A worker that is killed when its push has landed. */
    killedWorker: async (one: TagUpdate) => {
      await expect(worker({ store: { ...store, update: killed, updateMark: killed } })(one)).rejects.toThrow('killed');
      expect(await store.allIntents()).toHaveLength(1);
    },
    tip: async () => (await git(['rev-parse', 'main'], bare)).trim(),
    two: update('api', '2'),
    mark: () => store.findMark({ route: 'api', environment: 'dev' }),
  };
}

test('what a dead worker has pushed is recorded, though nobody writes to the branch any more', async () => {
  const { killedWorker, timerAfter, pauses, store, two, tip, mark } = await bench();
  await killedWorker(two);
  await timerAfter(minute);
  expect(await store.find(two)).toBeUndefined();
  expect(pauses).toEqual([]);
  await timerAfter(3 * minute);
  expect(pauses).toEqual([5_000]);
  expect(await store.find(two)).toMatchObject({ state: 'committed', commit: await tip() });
  expect(await mark()).toMatchObject({ tag: '2' });
  expect(await store.allIntents()).toEqual([]);
});

test('a push that never landed is withdrawn', async () => {
  const { worker, devops, timerAfter, store, two, logged } = await bench();
  devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, action: { kind: 'drop', when: 'before' } });
  expect(await worker()(two)).toMatchObject({ kind: 'failed', failure: { code: 'answer-lost' } });
  const { length } = await store.allIntents();
  expect(length).toBeGreaterThan(0);
  await timerAfter(minute);
  expect(await store.allIntents()).toHaveLength(length);
  await timerAfter(3 * minute);
  expect(await store.allIntents()).toEqual([]);
  expect(await store.find(two)).toBeUndefined();
  expect(logged).toEqual(Array.from({ length }, () => 'push-intent-removed'));
});

test('a branch that is gone has nothing to be found', async () => {
  const { killedWorker, timerAfter, store, two, bare } = await bench();
  await killedWorker(two);
  await git(['branch', '-D', 'main'], bare);
  await timerAfter(3 * minute);
  expect(await store.allIntents()).toEqual([]);
});

test('the way back from the branch to its repository needs no route', async () => {
  const { killedWorker, timerAfter, store, two } = await bench();
  await killedWorker(two);
  await timerAfter(3 * minute, { findEnvironment: () => Promise.resolve(undefined) });
  expect(await store.find(two)).toMatchObject({ state: 'committed' });
  expect(await store.allIntents()).toEqual([]);
});

test('a Git host that does not answer is asked again, and given up after a day', async () => {
  const { killedWorker, timerAfter, store, two, devops, logged } = await bench();
  await killedWorker(two);
  devops.faults.add({ action: { kind: 'permission-denied' } });
  await timerAfter(3 * minute);
  expect(await store.allIntents()).toHaveLength(1);
  await timerAfter(25 * 60 * minute);
  expect(await store.allIntents()).toEqual([]);
  expect(logged).toEqual(['push-intents-not-reconciled', 'push-intents-not-reconciled', 'push-intent-expired']);
});

test('a clock that is a day ahead delays nothing, and a host that does not answer once loses nothing', async () => {
  const { worker, timerAfter, store, two, tip, devops } = await bench();
  const dying = worker({ now: ahead, store: { ...store, update: killed, updateMark: killed } });
  await expect(dying(two)).rejects.toThrow('killed');
  devops.faults.add({ match: { resource: 'refs' }, action: { kind: 'drop', when: 'before' }, times: 1 });
  await timerAfter(0);
  expect(await store.allIntents()).toHaveLength(1);
  await timerAfter(0);
  expect(await store.allIntents()).toEqual([]);
  expect(await store.find(two)).toMatchObject({ state: 'committed', commit: await tip() });
});

test('branches are asked beside each other until the time of the run is over; the next runs ask the others', async () => {
  const { store, timerAfter } = await bench();
  const branches = Array.from({ length: 50 }, (_, n) => `env-${n}`);
  await Promise.all(
    branches.map((branch) =>
      store.recordIntent({
        id: branch,
        target: `repository#${branch}`,
        base: 'b',
        updates: [],
        at: new Date(0).toISOString(),
      }),
    ),
  );
  let ms = 0;
  let running = 0;
  let most = 0;
  const asked = new Set<string | undefined>();
  const slow = async (branch: string | undefined) => {
    asked.add(branch);
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    ms += 2_000;
    throw new Failure('service-unavailable', 'slow');
  };
  const repositories = { open: (key: string) => ({ key, repository: { tip: slow } }) } as unknown as Repositories;
  const run = () => timerAfter(0, { repositories, random: Math.random, now: () => new Date(10 * minute + ms) });
  await run();
  const first = asked.size;
  expect(most).toBe(8);
  expect(first).toBeGreaterThanOrEqual(8);
  expect(first).toBeLessThan(30);
  for (let runs = 0; runs < 40 && asked.size < branches.length; runs += 1) await run();
  expect(asked.size).toBe(branches.length);
});
