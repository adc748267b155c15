import { expect, test } from 'vitest';
import { formatCsv } from '../../src/cli/csv.ts';

test('fields with commas, quotes and line ends are quoted; a formula becomes text, a number stays one', () => {
  const rows = [
    ['a,b', 'say "x"', 'two\nlines'],
    ['=1+1', '-5', '@x'],
  ];
  expect(formatCsv(rows)).toBe('"a,b","say ""x""","two\nlines"\r\n\'=1+1,-5,\'@x\r\n');
});
