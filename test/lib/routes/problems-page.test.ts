import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problemSeverities } from '../../../src/lib/routes/read/problem-codes.ts';

test('every problem code is explained, with its severity', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/settings-problems.md'), 'utf8');
  const entries = [...page.matchAll(/^- `([a-z-]+)`(?: \((warning)\))?: \S/gm)].map(([, code, severity = 'error']) => [
    code,
    severity,
  ]);
  expect(Object.fromEntries(entries)).toEqual(problemSeverities);
  expect(entries).toHaveLength(Object.keys(problemSeverities).length);
});
