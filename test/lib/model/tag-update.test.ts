import { expect, test } from 'vitest';
import { overtakenOf, replayOf, tagUpdateSchema } from '../../../src/lib/model/tag-update.ts';

/** An update as versions before `cause` wrote it into messages, records and push intents. */
const stored = {
  id: '11111111111111111111111111111111',
  route: 'shop/api',
  environment: 'dev',
  image: { registry: 'contoso.azurecr.io', repository: 'shop/api', tag: 'main-7' },
  pushedAt: '2026-11-20T10:00:00.000Z',
};
const of = '22222222222222222222222222222222';

test.each([
  ['a push', {}, { kind: 'push' }],
  ['a replay', { replay: { of, number: 2 } }, { kind: 'replay', of, number: 2 }],
  [
    'an overtaken update',
    { replay: { of, number: 1, from: 'main-6' } },
    { kind: 'overtaken', of, number: 1, from: 'main-6' },
  ],
])('%s of an earlier version is read with its cause', (_name, replay, cause) => {
  expect(tagUpdateSchema.parse({ ...stored, ...replay })).toEqual({ ...stored, cause });
});

test('a replay of an earlier version has the same id as the same replay of this version', () => {
  const before = tagUpdateSchema.parse({ ...stored, id: 'a'.repeat(32), replay: { of, number: 1 } });
  const update = tagUpdateSchema.parse({ ...stored, id: of });
  expect(replayOf(before, 2)).toEqual(replayOf(update, 2));
  expect(overtakenOf(before, 2, 'main-6').id).toBe(replayOf(update, 2).id);
});

test.each([[{ replay: { of: 'x', number: 1 } }], [{ cause: { kind: 'other' } }], [{ replay: { of, number: 0 } }]])(
  '%j is refused',
  (more) => {
    expect(tagUpdateSchema.safeParse({ ...stored, ...more }).success).toBe(false);
  },
);
