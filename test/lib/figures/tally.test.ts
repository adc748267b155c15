import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTally, tallyOf } from '../../../src/lib/figures/tally.ts';
import {
  packDay,
  packedDaySchema,
  packedTallySchema,
  packTally,
  ungroupDay,
} from '../../../src/lib/figures/packed-tally.ts';
import { deploymentStates } from '../../../src/lib/model/deployment.ts';
import { buildQueuedAt, recordOf } from './records.ts';

const time = fc
  .integer({ min: 0, max: 5 * 86_400 })
  .map((seconds) => new Date(1.78e12 + seconds * 1_000).toISOString());
const record = fc
  .record({
    tag: fc.integer({ min: 1, max: 50 }).map(String),
    environment: fc.constantFrom('dev', 'prod'),
    states: fc.array(fc.tuple(fc.constantFrom(...deploymentStates), time), { minLength: 1, maxLength: 6 }),
    queuedAt: time,
  })
  .map(({ tag, environment, states, queuedAt }) =>
    recordOf(
      tag,
      states.toSorted(([, a], [, b]) => (a < b ? -1 : 1)),
      { environment, build: buildQueuedAt(queuedAt) },
    ),
  );

test('the tally of all is the sum of its parts, in any order', () => {
  fc.assert(
    fc.property(fc.array(record), fc.array(record), (some, others) => {
      const whole = tallyOf([...some, ...others]);
      expect(addTally(tallyOf(others), tallyOf(some))).toEqual(whole);
      expect(addTally(whole, tallyOf(some), -1)).toEqual(tallyOf(others));
    }),
  );
});

test('counts are the same after they were grouped or packed', () => {
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const tally = tallyOf(records);
      expect(packedTallySchema.parse(packTally(tally))).toEqual(tally);
      for (const cells of tally.values()) expect(ungroupDay(packedDaySchema.parse(packDay(cells)))).toEqual(cells);
    }),
  );
});
