import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { countChanges } from '../../../src/lib/figures/count-changes.ts';
import { makeFigureStore } from '../../../src/lib/figures/figure-store.ts';
import { tallyOf } from '../../../src/lib/figures/tally.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { TableRows } from '../../../src/lib/storage/table-rows.ts';
import { sharedTable } from '../../support/shared-storage.ts';
import { readTally } from './tallies.ts';

const makeRows = sharedTable();
const states = ['committed', 'syncing', 'healthy', 'degraded', 'superseded', 'rejected'] as const;

class Killed extends Error {}

/** Rows of which the `calls`-th call meets `event`. */
function eventfulRows(rows: TableRows, calls: number, event: Event, change: () => Promise<void>): TableRows {
  let left = calls;
  return new Proxy(rows, {
    get(target, name: keyof TableRows) {
      const call = target[name] as (...args: readonly unknown[]) => Promise<unknown>;
      return async (...args: readonly unknown[]) => {
        left -= 1;
        if (left !== 0) return call(...args);
        if (event === 'killed-before') throw new Killed();
        if (event === 'change-before') await change();
        const answer = await call(...args);
        if (event === 'killed-after') throw new Killed();
        if (event === 'change-after') await change();
        return answer;
      };
    },
  });
}

const events = ['killed-before', 'killed-after', 'change-before', 'change-after'] as const;
type Event = (typeof events)[number];

type Step =
  | Move
  | { readonly kind: 'remove'; readonly record: number }
  | { readonly kind: 'count'; readonly calls: number; readonly event: Event; readonly meanwhile: Move };

interface Move {
  readonly kind: 'move';
  readonly record: number;
  readonly state: DeploymentState;
  readonly isDoubled: boolean;
}

const recordNumber = fc.nat({ max: 5 });
const move = fc.record({
  kind: fc.constant('move' as const),
  record: recordNumber,
  state: fc.constantFrom(...states),
  isDoubled: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: move },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), record: recordNumber }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('count' as const),
      calls: fc.integer({ min: 1, max: 40 }),
      event: fc.constantFrom(...events),
      meanwhile: move,
    }),
  },
);

test('figures by day equal those of all records, after any changes, doubled messages and killed runs', async () => {
  const rows = makeRows();
  const store = makeTableStore(rows);
  const figures = makeFigureStore(rows);
  const known = new Map<string, TagUpdate>();
  let run = 0;
  let seconds = 0;
  const now = (): Date => new Date(Date.UTC(2026, 10, 1) + (seconds += 2_917) * 1_000);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
      run += 1;
      const updateOf = (record: number): TagUpdate => {
        const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: `${run}-${record}` };
        const environment = record % 2 === 0 ? 'dev' : 'prod';
        const id = updateId('api', environment, image, false);
        return { id, route: 'api', environment, image, pushedAt: now().toISOString(), cause: { kind: 'push' } };
      };
      const makeMove = async ({ record, state, isDoubled }: Move): Promise<void> => {
        const update = updateOf(record);
        known.set(update.id, update);
        const at = now();
        const change = (current: Deployment | undefined): Deployment =>
          current ? moveTo(current, state, {}, at) : queued(update, '', at);
        await store.update(update, change);
        if (isDoubled) await store.update(update, change);
      };
      for (const one of steps) {
        if (one.kind === 'move') await makeMove(one);
        else if (one.kind === 'remove') await store.remove(updateOf(one.record));
        else await countOnce(eventfulRows(makeRows(), one.calls, one.event, () => makeMove(one.meanwhile)));
      }
      await countOnce(rows);
      const records = await Promise.all([...known.values()].map((update) => store.find(update)));
      const expected = tallyOf(records.flatMap((record) => record ?? []));
      expect(await readTally(figures, '2026-01-01', '2029-01-01')).toEqual(expected);
    }),
    { numRuns: 15 },
  );
}, 120_000);

async function countOnce(rows: TableRows): Promise<void> {
  try {
    await countChanges('', { rows, figures: makeFigureStore(rows), now: () => new Date() });
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}
