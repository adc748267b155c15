import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTrailer, parseTrailers } from '../../../src/lib/model/trailers.ts';

const update = {
  route: 'shop/api',
  environment: 'dev',
  image: 'contoso.azurecr.io/shop/api:1241',
  previous: '1240',
  pushed: '2026-11-20T10:00:00.000Z',
  id: '0123456789abcdef0123456789abcdef',
};

describe('a trailer', () => {
  test('is one that git reads', () => {
    const message = `deploy: 2 image updates\n\n- a list\n\n${formatTrailer(update)}\n${formatTrailer({ ...update, environment: 'prod' })}\n`;
    const read = execFileSync('git', ['interpret-trailers', '--parse'], { input: message, encoding: 'utf8' });
    expect(read.trimEnd().split('\n')).toEqual([
      formatTrailer(update),
      formatTrailer({ ...update, environment: 'prod' }),
    ]);
    expect(parseTrailers(message)).toEqual([update, { ...update, environment: 'prod' }]);
  });

  test('reads back whatever its values are', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(value, value, value, value, (route, environment, image, previous) => {
        const any = { ...update, route, environment, image, previous };
        const trailer = formatTrailer(any);
        expect(trailer).not.toContain('\n');
        expect(parseTrailers(`subject\n\n${trailer}`)).toEqual([any]);
      }),
    );
  });

  test.each([
    ['in the subject', formatTrailer(update)],
    ['not in the last paragraph', `subject\n\n${formatTrailer(update)}\n\nmore text`],
    ['without an id', 'subject\n\nImage-Update: route=a environment=b image=c'],
    ['of another name', 'subject\n\nImage-Updates: route=a environment=b image=c id=d'],
  ])('does not count %s', (_name, message) => {
    expect(parseTrailers(message)).toEqual([]);
  });

  test('is found behind CRLF and other trailers', () => {
    const message = `subject\r\n\r\nbody\r\n\r\nReviewed-by: A <a@example.com>\r\n${formatTrailer(update)}\r\n`;
    expect(parseTrailers(message)).toEqual([update]);
  });
});
