import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTally, tallyOf } from '../../../src/lib/figures/tally.ts';
import { fromColumns } from '../../../src/lib/figures/cell-columns.ts';
import { packDay, packedDaySchema, packedTallySchema, packTally } from '../../../src/lib/figures/packed-tally.ts';
import { anyRecord } from './any-record.ts';

test('the tally of all is the sum of its parts, in any order', () => {
  fc.assert(
    fc.property(fc.array(anyRecord), fc.array(anyRecord), (some, others) => {
      const whole = tallyOf([...some, ...others]);
      expect(addTally(tallyOf(others), tallyOf(some))).toEqual(whole);
      expect(addTally(whole, tallyOf(some), -1)).toEqual(tallyOf(others));
    }),
  );
});

test('counts are the same after they were packed', () => {
  fc.assert(
    fc.property(fc.array(anyRecord), (records) => {
      const tally = tallyOf(records);
      expect(packedTallySchema.parse(packTally(tally))).toEqual(tally);
      for (const cells of tally.values()) expect(fromColumns(packedDaySchema.parse(packDay(cells)))).toEqual(cells);
    }),
  );
});

function formerRow(value: object) {
  return { deflated: deflateRawSync(JSON.stringify(value)).toString('base64') };
}

test('rows of versions before columns are read', () => {
  const former = { 'api\ndev': { plain: { '=healthy': 2, d: 2 }, lists: { '0': [45, 45], '+': [3_600], '-': [0] } } };
  const counts = { '=healthy': 2, d: 2, '0:45': 2, '+3600': 1, '-0': 1 };
  const cells = new Map([['api\ndev', new Map(Object.entries(counts))]]);
  expect(fromColumns(packedDaySchema.parse(formerRow(former)))).toEqual(cells);
  expect(packedTallySchema.parse(formerRow({ '2026-11-20': former }))).toEqual(new Map([['2026-11-20', cells]]));
});
