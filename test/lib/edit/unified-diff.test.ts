import { applyPatch } from 'diff';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coarseHunks } from '../../../src/lib/edit/coarse-hunks.ts';
import { unifiedDiff } from '../../../src/lib/edit/unified-diff.ts';
import { processorMs } from '../../support/processor-time.ts';

const text = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends ? '\n' : ''));

test('coarse hunks lead from the one text to the other, with and without a last line break', () => {
  fc.assert(
    fc.property(text, text, fc.boolean(), (before, other, isAligned) => {
      const after = isAligned ? before.replaceAll('b', 'new') : other;
      fc.pre(before !== after);
      const hunks = [...coarseHunks(before, after, 3)];
      expect(applyPatch(before, { oldFileName: 'a', newFileName: 'b', oldHeader: '', newHeader: '', hunks })).toBe(
        after,
      );
    }),
    { numRuns: 500 },
  );
});

test('the diff of thousands of changes takes linear time, and applies', () => {
  const before = Array.from({ length: 20_000 }, (_, index) => `image: a:${index % 3 === 0 ? 'v1' : index}\n`).join('');
  const after = before.replaceAll(':v1', ':v2');
  let diff = '';
  expect(processorMs(() => (diff = unifiedDiff('a.yaml', before, after)))).toBeLessThan(2_000);
  expect(diff).toMatch(/^--- a\/a\.yaml\n\+\+\+ b\/a\.yaml\n@@ -1,/);
  expect(applyPatch(before, diff)).toBe(after);
});
