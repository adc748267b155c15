import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { describe, expect, test } from 'vitest';
import { makeCheckPullRequests } from '../../../src/lib/delivery/propose/follow-handler.ts';
import { freeze, unfreeze } from '../../../src/lib/delivery/windows/change-freezes.ts';
import { rowKey, unreadableFreeze } from '../../../src/lib/delivery/windows/freeze-row.ts';
import { makeFreezeStore } from '../../../src/lib/delivery/windows/freeze-store.ts';
import { makeReadFreezes } from '../../../src/lib/delivery/windows/read-freezes.ts';
import type { ReadFreezes } from '../../../src/lib/delivery/windows/read-freezes.ts';
import { recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { makeDeliverUpdate } from '../../../src/lib/delivery/deliver-update.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import { sendDue } from '../../../src/lib/work/send-due.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, fileAtTip } from '../../support/platform.ts';
import { unbounded } from '../../support/unbounded.ts';

const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';
const routes = `
defaults:
  repository: ${repository}
  branch: main
  tags: { match: '^(\\d+)$', order: numeric }
  update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
routes:
  shop/api: { image: contoso.azurecr.io/api, environments: { live: { delivery: commit }, test: { delivery: commit } } }
  shop/web: { image: contoso.azurecr.io/web, environments: { grouped: { delivery: pull-request, pullRequest: { group: environment } } } }
  pay/web: { image: contoso.azurecr.io/pay, environments: { grouped: { delivery: pull-request, pullRequest: { group: environment } } },
    update: [{ file: 'pay.yaml', helm: { tag: image.tag } }] }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = {
  'live.yaml': values('1'),
  'test.yaml': values('1'),
  'grouped.yaml': values('1'),
  'pay.yaml': values('1'),
};
const noon = new Date('2026-11-30T12:00:00Z');
const later = (seconds: number) => new Date(noon.getTime() + seconds * 1000);
const order = { reason: 'incident 17', actor: 'kim' };

async function bench() {
  const delivery = await deliveryBench({ routes, files });
  const { store, worker, rows, freezeStore } = delivery;
  const due = makeDueStore(rows);
  const checked: unknown[] = [];
  const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], { azureDevOpsCollections: [], registries: [] });
  if (!table) throw new Error('the routes are valid');
  const ordering = (now: Date) => ({
    freezes: freezeStore,
    due,
    routes: () => Promise.resolve(table),
    checkPullRequests: makeCheckPullRequests({
      store,
      send: ({ kind, body }) => {
        checked.push({ kind, body });
        return Promise.resolve();
      },
    }),
    now: () => now,
    newId: randomUUID,
  });
  const updateOf = (image: string, environment: string, tag: string) => {
    const update = delivery.updates(image, tag).find((one) => one.environment === environment);
    if (!update) throw new Error('no such environment');
    return update;
  };
  const deliver = async (
    image: string,
    environment: string,
    tag: string,
    now: Date,
    freezes?: () => Promise<ReadFreezes>,
  ) => {
    const update = updateOf(image, environment, tag);
    await recordQueued(update, repository, store, now);
    const handler = makeDeliverUpdate({
      missed: { note: () => Promise.resolve() },
      apply: worker({ now: () => now, ...(freezes && { freezes }) }),
      findEnvironment: delivery.findEnvironment,
      store,
      due,
      now: () => now,
      withEffects: (_key, _log, work) => work(),
      hosts: unbounded.hosts,
    });
    await handler.run(update, { log: () => undefined, isSuspect: false, isWaiting: false });
    return store.find(update);
  };
  return { ...delivery, due, checked, ordering, deliver, updateOf };
}

test('a freeze closes each plan that reads it, with reason and next opening; other environments go on', async () => {
  const { deliver, ordering, bare, due } = await bench();
  const made = await freeze({ ...order, environment: 'live', until: '2026-12-01T09:00:00+01:00' }, ordering(noon));
  expect(made).toMatchObject({ kind: 'frozen', from: later(60) });
  const record = await deliver('api', 'live', '2', later(1));
  expect(record).toMatchObject({
    state: 'queued',
    reason: 'held: frozen until 2026-12-01T08:00:00.000Z by kim (incident 17); opens 2026-12-01T08:00:00.000Z',
    opensAt: '2026-12-01T08:00:00.000Z',
    heldUntil: later(3_601).toISOString(),
  });
  expect(await due.list()).toMatchObject([{ at: record?.heldUntil }]);
  expect(await deliver('api', 'test', '2', later(1))).toMatchObject({ state: 'committed' });
  expect(await fileAtTip(bare, 'live.yaml')).toBe(values('1'));
});

test('a lifted freeze makes its held updates due at once, and no others', async () => {
  const { deliver, ordering, due, freezeStore, bare } = await bench();
  const until = '2026-12-01T08:00:00Z';
  await freeze({ ...order, environment: 'live', until }, ordering(noon));
  await freeze({ ...order, environment: 'test', until }, ordering(noon));
  await deliver('api', 'live', '2', later(1));
  await deliver('api', 'test', '2', later(1));
  expect(await unfreeze({ environment: 'live', reason: 'over', actor: 'lee' }, ordering(later(10)))).toMatchObject({
    kind: 'lifted',
    released: 1,
  });
  const sent: unknown[] = [];
  const send = (job: unknown) => Promise.resolve(void sent.push(job));
  await sendDue(() => undefined, { due, send, now: () => later(30) });
  expect(sent).toMatchObject([{ kind: 'tag-update', body: { environment: 'live', isHeld: true } }]);
  expect(await deliver('api', 'live', '2', later(31))).toMatchObject({ state: 'committed' });
  expect(await fileAtTip(bare, 'test.yaml')).toBe(values('1'));
  expect(await freezeStore.history(10)).toMatchObject([
    { kind: 'lifted', environment: 'live', actor: 'lee', reason: 'over' },
    { kind: 'frozen', actor: 'kim', reason: 'incident 17' },
    { kind: 'frozen', actor: 'kim', reason: 'incident 17' },
  ]);
});

test('a freeze of a route glob leaves the shared pull request of its environment unchanged', async () => {
  const { deliver, ordering, devops, checked } = await bench();
  expect(await deliver('web', 'grouped', '2', noon)).toMatchObject({ state: 'pull-request' });
  await freeze({ ...order, environment: 'live', until: '2026-12-01T08:00:00Z' }, ordering(noon));
  expect(checked).toEqual([]);
  await freeze({ ...order, route: 'shop/*', environment: 'grouped', until: '2026-12-01T08:00:00Z' }, ordering(noon));
  expect(checked).toEqual([{ kind: 'pull-request', body: { repository, number: 1 } }]);
  const writes = () =>
    devops.requests.filter(({ method, path }) => method !== 'GET' && /pushes|pullrequests/i.test(path)).length;
  const before = writes();
  expect(await deliver('pay', 'grouped', '2', later(60))).toMatchObject({
    state: 'queued',
    reason: expect.stringContaining('frozen until'),
  });
  expect(writes()).toBe(before);
});

const spoil = async (connectionString: string, change: object) => {
  const table = TableClient.fromConnectionString(connectionString, 'tagrelay', { allowInsecureConnection: true });
  for await (const { partitionKey = '', rowKey = '' } of table.listEntities()) {
    if (partitionKey === '|freeze') await table.upsertEntity({ partitionKey, rowKey, ...change }, 'Replace');
  }
};

describe('the row of a freeze that cannot be read', () => {
  test.each([
    ['damaged', { v: 1, value0: '{"reason":' }],
    ['of a newer version', { v: 2, value0: '{"scope":"all"}' }],
  ])('%s, it closes what its key names until it is lifted, and is listed', async (_name, change) => {
    const { deliver, ordering, connectionString, rows } = await bench();
    const deps = { ...ordering(noon), freezes: makeFreezeStore(rows, () => noon) };
    await freeze({ ...order, environment: 'live', route: 'shop/*', until: '2026-11-30T12:01:00Z' }, deps);
    await spoil(connectionString, change);
    const list = makeReadFreezes(deps.freezes, () => later(90));
    const held = await deliver('api', 'live', '2', later(90), list);
    expect(held).toMatchObject({ state: 'queued', reason: expect.stringContaining('cannot be read') });
    expect(await deliver('api', 'test', '2', later(90), list)).toMatchObject({ state: 'committed' });
    expect(await deps.freezes.list()).toMatchObject([{ environment: 'live', route: 'shop/*', actor: 'unknown' }]);
    const lifted = await unfreeze({ environment: 'live', route: 'shop/*', reason: 'over', actor: 'lee' }, deps);
    expect(lifted).toMatchObject({ kind: 'lifted' });
    expect(await deps.freezes.list()).toEqual([]);
  });

  test.each([{}, { environment: 'live' }, { route: 'shop/*' }, { environment: 'ü|=%', route: 'a b/c' }])(
    'its key names %o',
    (key) => {
      const row = { partitionKey: '|freeze', rowKey: rowKey(key), problem: 'value' };
      const { environment, route } = unreadableFreeze(row, noon);
      expect({ environment, route }).toEqual({ environment: undefined, route: undefined, ...key });
    },
  );

  test('a key that was cut closes everything', () => {
    const row = { partitionKey: '|freeze', rowKey: rowKey({ route: 'é'.repeat(100) }), problem: 'value' };
    expect(unreadableFreeze(row, noon)).not.toHaveProperty('route');
  });
});

test('storage that does not answer for freezes holds everything', async () => {
  const { worker, updateOf, bare } = await bench();
  const apply = worker({ freezes: () => Promise.reject(new Error('no answer')) });
  await expect(apply(updateOf('api', 'live', '2'))).rejects.toThrow('no answer');
  expect(await commitCount(bare)).toBe(1);
});

test('[frozen] a plan that knew no freeze pushes within 60 s of the answer', async () => {
  const { worker, updateOf, ordering, freezeStore, bare } = await bench();
  let now = noon;
  const read = makeReadFreezes(freezeStore, () => now);
  await read();
  // 4 s later a plan takes the kept answer, which knows no freeze, and stands still before its push.
  const made = await freeze({ ...order, environment: 'live', until: '2026-12-01T08:00:00Z' }, ordering(later(1)));
  now = later(4);
  let reads = 0;
  const apply = worker({
    now: () => now,
    freezes: async () => {
      const answer = await read();
      reads += 1;
      if (reads === 1) now = later(31);
      return answer;
    },
  });
  expect(made).toMatchObject({ from: later(61) });
  expect(await apply(updateOf('api', 'live', '2'))).toMatchObject({ kind: 'held' });
  expect(reads).toBe(2);
  expect(await commitCount(bare)).toBe(1);
});

test('one instance reads the freezes once in 5 s, and again after a failure', async () => {
  let [time, lists, fails] = [0, 0, false];
  const list = () => {
    lists += 1;
    return fails ? Promise.reject(new Error('no answer')) : Promise.resolve([]);
  };
  const read = makeReadFreezes({ list }, () => new Date(time));
  await Promise.all([read(), read()]);
  time = 4_999;
  expect(await read()).toEqual({ freezes: [], readAt: new Date(0) });
  expect(lists).toBe(1);
  [time, fails] = [5_000, true];
  await expect(read()).rejects.toThrow('no answer');
  fails = false;
  expect(await read()).toEqual({ freezes: [], readAt: new Date(5_000) });
  expect(lists).toBe(3);
});

test('a freeze of what is not there is refused with the nearest name', async () => {
  const { ordering, freezeStore } = await bench();
  const until = '2026-12-01T08:00:00Z';
  const ask = (key: object, end = until) => freeze({ ...order, ...key, until: end }, ordering(noon));
  expect(await ask({ environment: 'lvie' })).toMatchObject({ reason: expect.stringContaining('did you mean `live`?') });
  expect(await ask({ route: 'shop/apo' })).toMatchObject({
    reason: expect.stringContaining('did you mean `shop/api`?'),
  });
  expect(await ask({ route: 'shop/api', environment: 'grouped' })).toMatchObject({
    reason: 'No route shop/api has an environment grouped; its environments are live, test.',
  });
  expect(await ask({ route: 'team-*' })).toMatchObject({ kind: 'not-found' });
  expect(await ask({ environment: 'live' }, '2026-11-30T11:59:00Z')).toMatchObject({ kind: 'invalid' });
  expect(await freezeStore.list()).toEqual([]);
  expect(await unfreeze({ ...order, environment: 'live' }, ordering(noon))).toMatchObject({
    kind: 'not-found',
    reason: 'No freeze is ordered for live of every route. There is no freeze.',
  });
});
