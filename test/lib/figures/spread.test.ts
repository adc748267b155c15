import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spreadOf } from '../../../src/lib/figures/spread.ts';

test('mean and ranks of any durations, many alike or all different, are those of the sorted list', () => {
  const seconds = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 4_000_000_000 }));
  fc.assert(
    fc.property(fc.array(seconds, { maxLength: 200 }), (list) => {
      const sorted = list.toSorted((a, b) => a - b);
      const count = sorted.length;
      const ranked = (part: number) => sorted[Math.ceil(count * part) - 1];
      const mean = Math.round(sorted.reduce((sum, one) => sum + one, 0) / count);
      const expected = { count, mean, median: ranked(0.5), p90: ranked(0.9), longest: ranked(1) };
      expect(spreadOf(Uint32Array.from(list))).toEqual(count === 0 ? undefined : expected);
    }),
    { examples: [[[3, 0, 3, 1, 1, 1, 1]], [[0]]] },
  );
});
