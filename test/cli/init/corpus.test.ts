import { afterEach, describe, expect, test } from 'vitest';
import { nextTag } from '../../../src/cli/init/guess-tags.ts';
import { scanCheckout } from '../../../src/cli/init/scan.ts';
import { sortImages } from '../../../src/cli/init/find-images.ts';
import { corpus } from './corpus.ts';
import { published } from './corpus-published.ts';
import { Checkout } from './layout.ts';

const host = 'contoso.azurecr.io';
const open: Checkout[] = [];
afterEach(() => {
  for (const checkout of open.splice(0)) checkout.remove();
});

test('the corpus is large enough', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(30);
  expect(published.length).toBeGreaterThanOrEqual(10);
});

describe('init on', () => {
  test.each([...corpus, ...published])('$name', async ({ layout, writes, uncovered = [] }) => {
    const checkout = new Checkout(layout);
    open.push(checkout);
    const guessed = await checkout.init();
    const images = Object.keys(guessed.writes);
    const files = images.map((image) => [
      image,
      Object.fromEntries(
        guessed.environmentsOf(`${host}/${image}`).map(({ name, update }) => [name, update.map(({ file }) => file)]),
      ),
    ]);
    expect(Object.fromEntries(files)).toEqual(writes);
    const reasons = guessed.uncovered.map((line) => line.replace(/^(\S+) \S+: /, '$1: '));
    expect(reasons).toEqual(uncovered.map((start) => expect.stringContaining(start)));
    if (images.length === 0) return;

    expect(await checkout.run('check', 'routes.yaml')).toMatchObject({ code: 0 });
    const found = sortImages(await scanCheckout(checkout.folder)).found;
    for (const image of images) {
      for (const { name, update } of guessed.environmentsOf(`${host}/${image}`)) {
        const own = [...new Set(update.map(({ file }) => file))].toSorted();
        const place = found.find(
          (one) =>
            one.image === `${host}/${image}` && own.includes(one.file) && [undefined, name].includes(one.element),
        );
        const tag = place?.tag ?? '';
        expect(await checkout.plan(`${host}/${image}:${tag}`, name)).toEqual({ code: 0, files: [], stderr: '' });
        expect(await checkout.plan(`${host}/${image}:${nextTag(tag)}`, name)).toEqual({
          code: 0,
          files: own,
          stderr: '',
        });
      }
    }
  });
});
