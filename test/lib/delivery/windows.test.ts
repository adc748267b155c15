import { describe, expect, test } from 'vitest';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { recordOutcome, recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { makeDeliverUpdate } from '../../../src/lib/delivery/deliver-update.ts';
import { holdByWindow } from '../../../src/lib/delivery/windows/hold.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { unbounded } from '../../support/unbounded.ts';
import { commitCount, fileAtTip } from '../../support/platform.ts';

const routes = `
defaults:
  repository: https://dev.azure.com/contoso/platform/_git/gitops
  branch: main
  tags: { match: '^(\\d+)$', order: numeric }
  windows: [{ kind: allow, schedule: '0 8 * * *', duration: 2h, timeZone: UTC }]
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    environments: { live: { delivery: commit }, free: { delivery: commit, windows: null }, proposed: { delivery: pull-request } }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = { 'live.yaml': values('1'), 'free.yaml': values('1'), 'proposed.yaml': values('1') };
const night = new Date('2026-11-30T03:00:00Z');
const morning = new Date('2026-11-30T08:30:00Z');

async function bench() {
  const delivery = await deliveryBench({ routes, files });
  const rows = makeTableRows({ AzureWebJobsStorage: delivery.connectionString });
  const due = makeDueStore(rows);
  const { store, worker } = delivery;
  const deliver = async (environment: string, tag: string, now: Date) => {
    const update = delivery.updates('api', tag).find((one) => one.environment === environment);
    if (!update) throw new Error('no such environment');
    await recordQueued(update, 'https://dev.azure.com/contoso/platform/_git/gitops', store, now);
    const apply = worker({ now: () => now });
    const handler = makeDeliverUpdate({
      missed: { note: () => Promise.resolve() },
      apply,
      store,
      due,
      now: () => now,
      withEffects: (_key, _log, work) => work(),
      ...unbounded,
    });
    await handler.run(update, { log: () => undefined, isSuspect: false, isWaiting: false });
    return { update, record: await store.find(update) };
  };
  return { ...delivery, due, deliver };
}

describe('[window] every plan reads the windows after the tip', () => {
  test('closed: the record is queued with reason and time, a row is due, and Git is unchanged', async () => {
    const { deliver, due, bare } = await bench();
    const { update, record } = await deliver('live', '2', night);
    expect(record).toMatchObject({
      state: 'queued',
      reason: 'held: no allow window is open; opens 2026-11-30T08:00:00.000Z',
      heldUntil: '2026-11-30T04:00:00.000Z',
    });
    expect(await due.list()).toMatchObject([{ at: record?.heldUntil, job: { kind: 'tag-update', body: update } }]);
    expect(await commitCount(bare)).toBe(1);
  });

  test('open: the row of a held update is committed', async () => {
    const { deliver, bare } = await bench();
    await deliver('live', '2', night);
    expect((await deliver('live', '2', morning)).record).toMatchObject({ state: 'committed' });
    expect(await fileAtTip(bare, 'live.yaml')).toBe(values('2'));
  });

  test('an environment without windows does not wait', async () => {
    const { deliver } = await bench();
    expect((await deliver('free', '2', night)).record).toMatchObject({ state: 'committed' });
  });

  test('[poll] a row lies an hour ahead at most', async () => {
    const { deliver, due } = await bench();
    await deliver('live', '2', new Date('2026-11-30T12:00:00Z'));
    expect(await due.list()).toMatchObject([{ at: '2026-11-30T13:00:00.000Z' }]);
  });

  test('closed: no pull request is opened, and an open one does not change', async () => {
    const { deliver, devops } = await bench();
    const writes = () =>
      devops.requests.filter(({ method, resource }) => method !== 'GET' && resource !== undefined).length;
    expect((await deliver('proposed', '2', night)).record).toMatchObject({ state: 'queued' });
    expect(writes()).toBe(0);
    const { update, record } = await deliver('proposed', '2', morning);
    expect(record).toMatchObject({ state: 'pull-request' });
    const before = writes();
    expect((await deliver('proposed', '3', night)).record).toMatchObject({ state: 'queued' });
    expect(writes()).toBe(before);
    expect(update.image.tag).toBe('2');
  });

  test('[open] an update whose own pull request is open stays so', async () => {
    const { deliver } = await bench();
    await deliver('proposed', '2', morning);
    expect((await deliver('proposed', '2', night)).record).toMatchObject({ state: 'pull-request' });
  });

  test('[recetag] a plan that stood still does not write `queued` over a later outcome', async () => {
    const { deliver, store, worker, updates } = await bench();
    const { update } = await deliver('live', '2', night);
    const outcome = await worker({ now: () => night })(
      updates('api', '2').find(({ environment }) => environment === 'live') ?? update,
    );
    expect(outcome).toMatchObject({ kind: 'held' });
    await deliver('live', '2', new Date('2026-11-30T03:30:00Z'));
    await expect(recordOutcome(update, outcome, store, night)).rejects.toMatchObject({ code: 'branch-moved' });
  });

  test('[edited] a held update whose environment is gone ends as `route-gone`', async () => {
    const { deliver, worker, store } = await bench();
    const { update } = await deliver('live', '2', night);
    const outcome = await worker({ findEnvironment: async () => undefined, now: () => night })(update);
    await recordOutcome(update, outcome, store, night);
    expect(await store.find(update)).toMatchObject({ state: 'rejected', code: 'route-gone' });
  });

  test.each([
    [
      'takes other tags',
      'live: { delivery: commit }',
      `live: { delivery: commit, tags: { match: '^v(\\d+)$', order: numeric } }`,
    ],
    [
      'takes promotions only',
      'live: { delivery: commit }',
      'live: { delivery: commit, application: argocd/live, tags: null, promoteFrom: [free] }',
    ],
  ])('[edited] a held update whose environment %s by now ends as `route-gone`', async (_, before, after) => {
    const { deliver, worker, store, bare } = await bench();
    const { update } = await deliver('live', '2', night);
    const text = routes
      .replace(before, () => after)
      .replace('windows: null', 'windows: null, application: argocd/free');
    const { table, problems } = loadRoutes([{ setting: 'ROUTES', text }], {
      azureDevOpsCollections: [],
      registries: [],
    });
    if (!table) throw new Error(problems.map(({ message }) => message).join('\n'));
    const findEnvironment = async () => table.find('contoso.azurecr.io/api', 'live')?.environment;
    const outcome = await worker({ findEnvironment, now: () => morning })(update);
    await recordOutcome(update, outcome, store, morning);
    expect(await store.find(update)).toMatchObject({ state: 'rejected', code: 'route-gone' });
    expect(await fileAtTip(bare, 'live.yaml')).toBe(values('1'));
  });

  test('[edited] one whose environment writes a digest by now goes on under the id of that digest', async () => {
    const { deliver, worker, store } = await bench();
    const { update } = await deliver('live', '2', night);
    const digest = `sha256:${'b'.repeat(64)}`;
    const text = routes.replace(
      'helm: { tag: image.tag }',
      'create: true, helm: { tag: image.tag, digest: image.digest }',
    );
    const { table } = loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] });
    const findEnvironment = async () => table?.find('contoso.azurecr.io/api', 'live')?.environment;
    const sent: TagUpdate[] = [];
    const apply = worker({
      findEnvironment,
      now: () => morning,
      registry: {
        lookUp: () => Promise.resolve({ digest }),
        inspect: () => Promise.resolve(undefined),
        describe: () => Promise.resolve({ kind: 'image', type: '' }),
      },
      sendMoved: (one) => Promise.resolve(sent.push(one)),
    });
    expect(await apply(update)).toMatchObject({ kind: 'tag-moved' });
    expect(await store.find(update)).toMatchObject({ state: 'rejected', code: 'tag-moved' });
    const [current] = sent;
    if (!current) throw new Error('the new id has no message');
    expect(current.image).toMatchObject({ tag: '2', digest });
    await apply(current);
    expect(await store.find(current)).toMatchObject({ state: 'committed' });
  });

  test('[margin] 30 s after the windows were read, the plan is made again', async () => {
    const { worker, updates, bare, store } = await bench();
    const times = [morning, morning, morning];
    const late = new Date(morning.getTime() + 31_000);
    const update = updates('api', '2').find(({ environment }) => environment === 'live');
    if (!update) throw new Error('no such environment');
    let reads = 0;
    const apply = worker({
      store: {
        ...store,
        findMark: (key) => {
          reads += 1;
          return store.findMark(key);
        },
      },
      now: () => (reads === 1 ? late : (times.shift() ?? (reads === 0 ? morning : late))),
    });
    expect(await apply(update)).toMatchObject({ kind: 'committed' });
    expect(reads).toBeGreaterThan(1);
    expect(await commitCount(bare)).toBe(2);
  });
});

/** Minutes between an opening and the next plan of a route's held update. */
const minutesAfterOpening = (route: string, hours: number) => {
  const windows = [{ kind: 'allow', schedule: '0 8 * * *', durationSeconds: hours * 3_600, timeZone: 'UTC' }] as const;
  const resolved = { update: { route, environment: 'live', cause: { kind: 'push' } }, environment: { windows } };
  const held = holdByWindow(
    resolved as unknown as Parameters<typeof holdByWindow>[0],
    [],
    new Date('2026-11-30T07:30:00Z'),
  );
  return (Date.parse(held?.until ?? '') - Date.parse('2026-11-30T08:00:00Z')) / 60_000;
};

test('[stagger] the routes of one opening are spread over its first half hour, or a quarter of a shorter one', () => {
  const names = Array.from({ length: 300 }, (_, index) => `team-${index}/api`);
  const long = names.map((name) => minutesAfterOpening(name, 8));
  expect(Math.min(...long)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...long)).toBeLessThanOrEqual(30);
  expect(new Set(long.map((minutes) => Math.floor(minutes / 5))).size).toBe(6);
  expect(Math.max(...names.map((name) => minutesAfterOpening(name, 1)))).toBeLessThan(15);
});
