import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureKinds } from '../../../src/lib/model/failure.ts';

test('every failure code is explained, with its kind', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  const sections = [...page.matchAll(/^### `([a-z-]+)`\n(Retryable|Permanent)\./gm)].map(([, code, kind]) => [
    code,
    kind?.toLowerCase(),
  ]);
  expect(Object.fromEntries(sections)).toEqual(failureKinds);
  expect(sections).toHaveLength(Object.keys(failureKinds).length);
});
