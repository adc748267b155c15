import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { seededRandom } from '../../../local/devops/faults/seeded-random.ts';
import { queueNames } from '../../../src/lib/storage/queues.ts';
import type { SendMessage } from '../../../src/lib/storage/queues.ts';
import { recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import type { DeploymentStore } from '../../../src/lib/deployments/store.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { replayAll } from '../../../src/lib/delivery/replay.ts';
import type { ReplayDeps } from '../../../src/lib/delivery/replay.ts';
import type { ReplayCursor } from '../../../src/lib/delivery/replay-cursor.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { eventually } from '../../support/eventually.ts';
import { faultyApp } from '../../support/faulty-app.ts';
import { fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const hour = 60 * 60 * 1000;

function makeClock() {
  let ahead = 0;
  return { now: () => new Date(Date.now() + ahead), leap: (ms: number) => void (ahead += ms) };
}

test('a worker that keeps throwing: poison, sent again, abandoned after a day, and a replay commits it', async () => {
  const bench = await deliveryBench({ routes, files: { 'api.yaml': values('1') } });
  const clock = makeClock();
  const real = bench.worker();
  const suspicions: (boolean | undefined)[] = [];
  let isBroken = true;
  const app = await faultyApp({
    bench,
    now: clock.now,
    apply: (update, delivery) => {
      suspicions.push(delivery?.isSuspect);
      return isBroken ? Promise.reject(new Error('a bug')) : real(update, delivery);
    },
  });
  const update = bench.update('api', '2');
  await recordQueued(update, '', bench.store, clock.now());
  await app.send({ kind: 'tag-update', body: update });

  await eventually(() => {
    const rescheduled = app.lines.find(({ event }) => event === 'rescheduled');
    expect(rescheduled?.fields).toMatchObject({ code: 'worker-ended', attempt: '1', kind: 'tag-update' });
  });
  // From the third time on it is planned alone, and ever after it came back from poison.
  await eventually(() => expect(suspicions.length).toBeGreaterThan(5));
  expect(suspicions.slice(0, 6)).toEqual([false, false, true, true, true, true]);

  clock.leap(25 * hour);
  await eventually(async () => {
    expect(await bench.store.find(update)).toMatchObject({ state: 'abandoned', code: 'worker-ended' });
    expect(await app.count(queueNames.abandoned)).toBe(1);
    expect(await app.count(queueNames.work)).toBe(0);
  });

  isBroken = false;
  // What was abandoned in this very moment is not tried again at once.
  clock.leap(1000);
  await replayEverything(app.replay);
  await eventually(async () => expect(await bench.store.find(update)).toMatchObject({ state: 'committed' }));
  expect(await fileAtTip(bench.bare, 'api.yaml')).toBe(values('2'));
  expect(await app.count(queueNames.abandoned)).toBe(0);
});

test('no message is lost between the queues, whatever fails on the way, and none is committed twice', async () => {
  const services = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const files = Object.fromEntries(services.map((service) => [`${service}.yaml`, values('1')]));
  const bench = await deliveryBench({ routes, files });
  const clock = makeClock();
  const random = seededRandom(7);
  const real = bench.worker();
  let isHealthy = false;
  const app = await faultyApp({
    bench,
    now: clock.now,
    store: flakyStore(bench.store, random),
    send: (send) => flakySend(send, random, () => clock.leap(2 * hour)),
    apply: async (update, delivery) => {
      const chance = isHealthy ? 1 : random();
      if (chance < 0.4) throw new Error('a bug');
      if (chance < 0.9) return { kind: 'failed', failure: new Failure('service-unavailable', 'for now') };
      return real(update, delivery);
    },
  });
  const updates = services.map((service) => bench.update(service, '2'));
  for (const update of updates) {
    await recordQueued(update, '', bench.store, clock.now());
    await app.send({ kind: 'tag-update', body: update });
  }

  await eventually(() => quiet(app));
  const states = await statesOf(updates, bench.store);
  expect(states.every((state) => state === 'committed' || state === 'abandoned')).toBe(true);
  expect(states).toContain('abandoned');
  expect(await app.count(queueNames.abandoned)).toBeGreaterThanOrEqual(
    states.filter((state) => state === 'abandoned').length,
  );

  isHealthy = true;
  clock.leap(1000);
  await eventually(() => replayEverything(app.replay));
  await eventually(() => quiet(app));
  await eventually(async () => {
    expect(await statesOf(updates, bench.store)).toEqual(updates.map(() => 'committed'));
  });
  for (const service of services) expect(await fileAtTip(bench.bare, `${service}.yaml`)).toBe(values('2'));
  const ids = parseTrailersOf(await git(['log', '--format=%B%x00', 'main'], bench.bare));
  expect(ids.toSorted()).toEqual(updates.map(({ id }) => id).toSorted());
});

async function quiet(app: Awaited<ReturnType<typeof faultyApp>>): Promise<void> {
  for (const queue of [queueNames.work, queueNames.poison]) expect(await app.count(queue)).toBe(0);
}

async function statesOf(updates: readonly TagUpdate[], store: DeploymentStore) {
  return Promise.all(updates.map(async (update) => (await store.find(update))?.state));
}

async function replayEverything(deps: ReplayDeps): Promise<void> {
  let cursor: ReplayCursor | undefined;
  do {
    cursor = (await replayAll({}, cursor, deps)).next;
  } while (cursor);
}

/** A fifth of all messages are refused, half of them after they were stored. */
function flakySend(send: SendMessage, random: () => number, onSend: () => void): SendMessage {
  return async (queue, message) => {
    onSend();
    const chance = random();
    if (chance < 0.1) throw new Failure('storage-unavailable', 'refused');
    await send(queue, message);
    if (chance > 0.9) throw new Failure('storage-unavailable', 'the answer was lost');
  };
}

function flakyStore(store: DeploymentStore, random: () => number): DeploymentStore {
  return {
    ...store,
    async update(key, change) {
      const chance = random();
      if (chance < 0.1) throw new Failure('storage-unavailable', 'refused');
      await store.update(key, change);
      if (chance > 0.9) throw new Failure('storage-unavailable', 'the answer was lost');
    },
  };
}

function parseTrailersOf(log: string): string[] {
  return log.split('\0').flatMap((message) => parseTrailers(message).map(({ id }) => id));
}
