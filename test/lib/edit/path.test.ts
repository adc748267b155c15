import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPath, keys, parsePath } from '../../../src/lib/model/value-path.ts';

describe('a path', () => {
  test.each([
    ['image.tag', keys('image', 'tag')],
    ['services[0].image.tag', [...keys('services'), { kind: 'index', index: 0 }, ...keys('image', 'tag')]],
    ['services[name=api].tag', [...keys('services'), { kind: 'member', field: 'name', value: 'api' }, ...keys('tag')]],
    ['"image.tag"', keys('image.tag')],
    [`'it''s'.tag`, keys("it's", 'tag')],
    ['"a\\"b".c', keys('a"b', 'c')],
    ['a/b.c d.ü', keys('a/b', 'c d', 'ü')],
    ['[0][1].x', [{ kind: 'index', index: 0 }, { kind: 'index', index: 1 }, ...keys('x')]],
    ['a[image=repo/app:v1]', [...keys('a'), { kind: 'member', field: 'image', value: 'repo/app:v1' }]],
    ['a[name="x]y"]', [...keys('a'), { kind: 'member', field: 'name', value: 'x]y' }]],
    ['{service}.image.tag', keys('{service}', 'image', 'tag')],
    ['1.true', keys('1', 'true')],
  ])('%s is read', (text, path) => {
    expect(parsePath(text)).toEqual(path);
  });

  test.each([
    ['', 1],
    ['.a', 1],
    ['a.', 3],
    ['a..b', 3],
    ['a[', 2],
    ['a[]', 2],
    ['a[x]', 2],
    ['a[-1]', 2],
    ['a[0]b', 5],
    ['a.[0]', 3],
    ['a[=x]', 2],
    ['a[name=]', 2],
    ['a]', 2],
    ['"a', 1],
    ['"a"b', 4],
    ['"\\x"', 1],
    [' a', 1],
    ['a .b', 2],
  ])('%j is refused at column %i', (text, column) => {
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: 'path-invalid', place: { column } }));
  });

  test('any path that is written is read back', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => !/\p{Cs}/u.test(value));
    const segment = fc.oneof(
      fc.record({ kind: fc.constant('key' as const), key: text }),
      fc.record({ kind: fc.constant('index' as const), index: fc.nat(999) }),
      fc.record({ kind: fc.constant('member' as const), field: fc.constantFrom('name', 'a.b', 'x y'), value: text }),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (path) => {
        expect(parsePath(formatPath(path))).toEqual(path);
      }),
    );
  });
});
