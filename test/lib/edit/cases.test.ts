import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyChanges, findChanges, openFile } from '../../../src/lib/edit/edit.ts';
import type { FileEdit } from '../../../src/lib/model/file-edit.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { ImageReference } from '../../../src/lib/model/image-reference.ts';
import { readCases } from './case-folder.ts';

const cases = readCases(join(import.meta.dirname, 'cases'));
const edits = cases.flatMap((one) => ('after' in one.expected ? [{ ...one, ...one.expected }] : []));
const failures = cases.flatMap((one) => ('code' in one.expected ? [{ ...one, ...one.expected }] : []));

function edit(before: string, update: FileEdit, image: ImageReference) {
  const file = openFile(update.file, before);
  const changes = findChanges(file, update, image);
  return { text: applyChanges(file, changes), changes };
}

describe('an edit', () => {
  test.each(edits)('$name', ({ before, update, image, after, warnings }) => {
    const { text, changes } = edit(before, update, image);
    expect(text).toBe(after);
    expect(changes.flatMap((change) => change.warnings)).toHaveLength(warnings);
  });

  test.each(edits)('$name, done twice, changes nothing more', ({ after, update, image }) => {
    const { text, changes } = edit(after, update, image);
    expect(text).toBe(after);
    expect(changes.filter(({ from, to }) => from !== to)).toEqual([]);
    expect(changes.flatMap(({ currentTag }) => currentTag ?? []).length).toBeGreaterThan(0);
  });

  test.each(edits)('$name names the same scalars before and after', ({ before, after, update, image }) => {
    const scalars = (text: string): readonly string[] => edit(text, update, image).changes.map(({ role }) => role);
    expect(scalars(after)).toEqual(scalars(before));
  });
});

test.each(failures)('an edit $name', ({ before, update, image, code, at }) => {
  let failure: unknown;
  try {
    edit(before, update, image);
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(Failure);
  const { code: found, kind, place } = failure as Failure;
  expect(found).toBe(code);
  expect(kind).toBe('permanent');
  expect(place.file ?? update.file).toBe(update.file);
  expect(at === undefined ? undefined : `${place.line}:${place.column}`).toBe(at);
});
