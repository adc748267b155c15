import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DeploymentFilter } from '../../../../src/lib/deployments/deployment-index.ts';
import { recordsPartition, rowsBeside } from '../../../../src/lib/deployments/record-rows.ts';
import { moveTo } from '../../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../../src/lib/model/deployment.ts';
import { hasValues, hourMs, makeWorld, minuteMs, recordOf, start } from './world.ts';
import type { World } from './world.ts';

const filters: readonly DeploymentFilter[] = [
  {},
  { route: 'api' },
  { environment: 'dev' },
  { route: 'api', environment: 'dev' },
  { image: 'contoso.azurecr.io/shop/web' },
  { image: 'contoso.azurecr.io/shop/web', environment: 'dev' },
  { route: 'api', state: 'healthy' },
  { environment: 'dev', state: 'degraded' },
];

async function expectLists(records: readonly Deployment[], world: World): Promise<void> {
  for (const filter of filters) {
    const { found } = await world.listAll(filter, { limit: 3 });
    const expected = records.filter((one) => hasValues(one, filter)).toReversed();
    expect(
      found.map(({ update, state }) => `${update.image.tag} ${state}`),
      JSON.stringify(filter),
    ).toEqual(expected.map(({ update, state }) => `${update.image.tag} ${state}`));
  }
}

const states: readonly DeploymentState[] = ['queued', 'committed', 'healthy', 'degraded', 'superseded', 'rejected'];
const stepArb = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), route: fc.nat(1), environment: fc.nat(1) }),
  fc.record({ kind: fc.constant('move' as const), record: fc.nat(20), state: fc.nat(states.length - 1) }),
  fc.record({ kind: fc.constant('remove' as const), record: fc.nat(20) }),
  fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(1, 20, 40, 70, 26 * 60, 80 * 60) }),
  fc.record({ kind: fc.constant('fold' as const), changed: fc.option(fc.nat(20), { nil: undefined }) }),
);

test('lists have each record once, as it is now, whatever changes before and after it is past', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArb, { minLength: 5, maxLength: 40 }), async (steps) => {
      const world = makeWorld();
      await world.listRecords();
      const records: Deployment[] = [];
      const move = async (at: number, state: DeploymentState): Promise<void> => {
        const record = records[at];
        if (!record) return;
        const next = moveTo(record, state, { commit: record.update.id.padEnd(40, '0') }, world.clock());
        records[at] = next;
        await world.store.update(record.update, () => next);
      };
      for (const [n, step] of steps.entries()) {
        world.pass(1_000);
        if (step.kind === 'pass') world.pass(step.minutes * minuteMs);
        else if (step.kind === 'move') await move(step.record, states[step.state] ?? 'queued');
        else if (step.kind === 'remove') {
          const [record] = records.splice(step.record, 1);
          if (record) await world.store.remove(record.update);
        } else if (step.kind === 'fold') {
          const { changed } = step;
          if (changed !== undefined) world.beforeNextWrite(() => move(changed, 'degraded'));
          await world.fold();
          world.beforeNextWrite(() => Promise.resolve());
        } else {
          const [route, environment] = [step.route === 0 ? 'api' : 'web', step.environment === 0 ? 'dev' : 'prod'];
          const record = recordOf(n, { route, environment, state: 'queued', at: world.clock().getTime() });
          records.push(record);
          await world.store.update(record.update, () => record, { isNew: true });
        }
      }
      await expectLists(records, world);
    }),
    { numRuns: 60 },
  );
});

test('a past record has four rows, and one more after a later change until it is folded again', async () => {
  const world = makeWorld();
  await world.listRecords();
  const record = recordOf(1, { route: 'api', environment: 'dev', at: start });
  await world.store.update(record.update, () => record);
  const own = (): object => {
    const { record: records, state, tag, recent = 0, listed = 0 } = world.kinds();
    return { records, state, tag, recent, listed };
  };
  const fold = async (): Promise<void> => {
    world.pass(25 * hourMs);
    await world.fold();
    world.pass(hourMs);
    await world.fold();
  };
  const past = { records: 1, state: 1, tag: 1, recent: 0, listed: 1 };
  expect(own()).toEqual({ ...past, recent: 1, listed: 0 });
  await fold();
  expect(own()).toEqual(past);
  const degraded = (): Promise<void> =>
    world.store.update(record.update, (current) => current && moveTo(current, 'degraded', {}, world.clock()));
  await degraded();
  expect(own()).toEqual({ ...past, recent: 1 });
  await fold();
  expect(own()).toEqual(past);
  await world.store.remove(record.update);
  await fold();
  expect(own()).toEqual({ recent: 0, listed: 0 });
});

test('an update that waits for hours has four rows at its end', async () => {
  const world = makeWorld();
  await world.listRecords();
  const record = recordOf(1, { route: 'api', environment: 'dev', state: 'queued', at: start });
  const move = (state: DeploymentState): Promise<void> =>
    world.store.update(record.update, () =>
      moveTo({ ...record, applications: ['argocd/api'] }, state, { commit: 'c'.repeat(40) }, world.clock()),
    );
  await world.store.update(record.update, () => record);
  world.pass(12 * hourMs);
  await world.fold();
  for (const state of ['committed', 'syncing', 'healthy'] as const) await move(state);
  expect(world.kinds()).toMatchObject({ record: 1, state: 1, tag: 1, recent: 1 });
  expect(world.kinds()['listed']).toBeUndefined();
});

/** The rows beside a record as version 0.1 wrote them, which had no lists of environments. */
function formerRows(record: Deployment, stored: Deployment | undefined) {
  return rowsBeside(record, stored).filter(
    ({ rowKey }) =>
      !/^(?:listed|pair)\|/.test(rowKey) && (record.commit !== undefined || !rowKey.startsWith('recent|')),
  );
}

/** Runs the job of the clock every ten minutes. */
async function runFor(ms: number, world: World): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10 * minuteMs) {
    world.pass(10 * minuteMs);
    await world.listRecords();
  }
}

function formerRecords(): Deployment[] {
  return Array.from({ length: 60 }, (_, n) => {
    const [route, environment] = [n % 3 === 0 ? 'api' : 'web', n % 2 === 0 ? 'dev' : 'prod'];
    const state = n % 5 === 0 ? 'queued' : n % 7 === 0 ? 'degraded' : 'healthy';
    return recordOf(n, { route, environment, state, at: start + n * minuteMs });
  });
}

test('records of earlier versions are in the lists, before they are listed, while they are, and afterwards', async () => {
  const world = makeWorld();
  const records = formerRecords();
  world.seed(records.slice(0, 50), formerRows);
  world.pass(hourMs);
  await world.listRecords();
  await expectLists(records.slice(0, 50), world);
  // An instance of the earlier version still runs.
  world.seed(records.slice(50), formerRows);
  await expectLists(records, world);
  const kindsOf = (): object => world.kinds();
  expect(kindsOf()).not.toHaveProperty('listed');
  await runFor(23 * hourMs, world);
  expect(kindsOf()).not.toHaveProperty('listed');
  // A record changes while its page is written.
  const [first] = records.splice(5, 1);
  if (!first) throw new Error('there is one');
  const changed = { ...first, warning: 'slow', updatedAt: new Date(world.clock().getTime() + hourMs).toISOString() };
  records.splice(5, 0, changed);
  world.beforeNextWrite(() => world.store.update(first.update, () => changed));
  await runFor(2 * hourMs, world);
  expect(world.logged).toEqual(['records-listed']);
  await expectLists(records, world);
  expect(kindsOf()).toHaveProperty('listed');
  for (let run = 0; run < 3; run += 1) {
    world.pass(80 * hourMs);
    await world.fold();
  }
  expect(kindsOf()).toMatchObject({ record: 60, listed: 60 });
  expect(kindsOf()).not.toHaveProperty('recent');
  await expectLists(records, world);
  const { route, environment } = changed.update;
  const { found } = await world.listAll({ route, environment });
  expect(found.filter(({ warning }) => warning !== undefined)).toEqual([changed]);
});

test('after a gap an earlier version may have run: all records are listed once more', async () => {
  const world = makeWorld();
  await world.listRecords();
  const records = formerRecords();
  world.seed(records.slice(0, 30));
  await expectLists(records.slice(0, 30), world);
  world.pass(20 * minuteMs);
  world.seed(records.slice(30), formerRows);
  await world.listRecords();
  world.pass(minuteMs);
  await expectLists(records, world);
  await runFor(25 * hourMs, world);
  expect(world.logged).toEqual(['records-listed']);
  await expectLists(records, world);
});

test('a cursor of an unknown shape lists all records once more', async () => {
  const world = makeWorld();
  const records = formerRecords();
  world.seed(records, formerRows);
  await world.rows.put('|listed', 'cursor', { since: 1 });
  await expectLists(records, world);
  await world.listRecords();
  await runFor(25 * hourMs, world);
  expect(world.logged).toEqual(['records-listed']);
  await expectLists(records, world);
});

test('a damaged row of a route and environment hides no record', async () => {
  const world = makeWorld();
  await world.listRecords();
  const records = formerRecords();
  world.seed(records);
  world.pass(80 * hourMs);
  for (let run = 0; run < 2; run += 1) await world.fold();
  expect(world.kinds()).toMatchObject({ listed: 60 });
  const pair = world.table.entities(recordsPartition).find(({ rowKey }) => String(rowKey).startsWith('pair|route|'));
  await world.rows.put(recordsPartition, String(pair?.['rowKey']), { other: true });
  await expectLists(records, world);
});
