import { describe, expect, test } from 'vitest';
import { acceptDocuments } from '../../../src/lib/routes/accept-documents.ts';
import { makeBounds } from '../../../src/lib/routes/check/allow.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { RouteDocument } from '../../../src/lib/routes/read/documents.ts';
import { formatProblem } from '../../../src/lib/routes/read/format-problem.ts';

const hosts = { azureDevOpsCollections: [], registries: [] };
const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';

function bounds(team: string) {
  const entry = { images: [`contoso.azurecr.io/${team}/**`], repositories: [gitops], paths: [`apps/${team}/**`] };
  return makeBounds(`the bounds of ${team}`, [entry], []);
}

function document(team: string, routes: Readonly<Record<string, { image: string; file: string }>>): RouteDocument {
  const text = Object.entries(routes).map(
    ([name, { image, file }]) => `
  ${name}:
    image: contoso.azurecr.io/${image}
    repository: ${gitops}
    update: [{ file: '${file}', helm: { tag: image.tag } }]
    environments: { dev: { delivery: commit, tags: { match: '^\\d+$', order: numeric } } }`,
  );
  return { setting: `${team}.yaml`, text: `routes:${text.join('')}\n`, bounds: bounds(team) };
}

function load(documents: readonly RouteDocument[]) {
  return loadRoutes(documents, hosts);
}

function errors(documents: readonly RouteDocument[]) {
  return load(documents)
    .problems.filter(({ severity }) => severity === 'error')
    .map(formatProblem);
}

const cart = document('shop', { cart: { image: 'shop/cart', file: 'apps/shop/cart.yaml' } });

describe('the bounds of a document', () => {
  test('allow its own images and paths', () => {
    expect(errors([cart])).toEqual([]);
  });

  test.each([
    ["another team's image", 'api', 'payments/api', 'apps/shop/a.yaml', 'can match images outside'],
    ['a pattern over all teams', '{team}/api', '{team}/api', 'apps/shop/{team}.yaml', 'can match images outside'],
    ['a path of another team', 'cart', 'shop/cart', 'apps/payments/a.yaml', 'apps/payments/a.yaml'],
  ])('refuse %s', (_what, name, image, file, message) => {
    const given = document('shop', { [`"${name}"`]: { image, file } });
    expect(errors([given]).join('\n')).toContain(message);
  });

  test('refuse a path outside for the image that captures it', () => {
    const given = document('shop', { '"x/{svc}"': { image: 'shop/{svc}', file: '{svc}/a.yaml' } });
    const route = load([given]).table?.match('contoso.azurecr.io/shop/payments');
    expect(route).toMatchObject({ environments: [], refused: [{ name: 'dev' }] });
  });

  test('take the values of `where` for a capture', () => {
    const text = cart.text.replace('shop/cart', '{team}/cart').replace('cart:', '"{team}/cart":');
    expect(errors([{ ...cart, text }]).join()).toContain('can match images outside');
    expect(errors([{ ...cart, text: text.replace('    image:', '    where: { team: [shop] }\n    image:') }])).toEqual(
      [],
    );
  });
});

describe('documents that collide', () => {
  test('the later one has the error, which names both places', () => {
    const other = document('payments', { cart: { image: 'payments/cart', file: 'apps/payments/cart.yaml' } });
    expect(errors([cart, other])).toEqual([
      expect.stringMatching(/^payments\.yaml:2:3 .* there is already a route `?"?cart"?`? at shop\.yaml:2:3/),
    ]);
    expect(errors([other, cart])).toEqual([expect.stringMatching(/^shop\.yaml:2:3 .* at payments\.yaml:2:3/)]);
  });

  test('an exact image and a pattern: the later one has the error', () => {
    const pattern = {
      ...document('shop', { '"p/{svc}"': { image: 'shop/{svc}', file: 'apps/shop/p/{svc}.yaml' } }),
      setting: 'p.yaml',
    };
    expect(errors([cart, pattern]).map((text) => text.slice(0, 6))).toEqual(['p.yaml']);
    expect(errors([pattern, cart]).map((text) => text.slice(0, 9))).toEqual(['shop.yaml']);
  });
});

function inForce(given: Parameters<typeof acceptDocuments>[1]) {
  return acceptDocuments([], given, load).documents.map((one) => [
    one.inForce?.text,
    one.errors.map(({ code }) => code),
  ]);
}

describe('acceptDocuments', () => {
  const pay = document('payments', { pay: { image: 'payments/pay', file: 'apps/payments/pay.yaml' } });
  const bad = { ...pay, text: pay.text.replace('image:', 'imgae:') };
  test('a bad version leaves the last good one in force, and the others', () => {
    const next = { ...cart, text: cart.text.replace('numeric', 'alphabetical') };
    expect(
      inForce([
        { fresh: next, lastGood: cart },
        { fresh: bad, lastGood: pay },
      ]),
    ).toEqual([
      [next.text, []],
      [pay.text, ['missing-field', 'unknown-field']],
    ]);
    expect(inForce([{ fresh: bad }])).toEqual([[undefined, ['missing-field', 'unknown-field']]]);
  });

  test('a version that takes what another document has is not in force, wherever it stands', () => {
    const taker = { ...pay, bounds: bounds('*'), text: pay.text.replace('payments/pay', 'shop/cart') };
    const wide = { ...pay, bounds: bounds('*') };
    const given = [
      { fresh: taker, lastGood: wide },
      { fresh: { ...cart, text: `${cart.text}# changed\n` }, lastGood: cart },
    ];
    const [first, second] = inForce(given);
    expect(first?.[1]).toContain('image-twice');
    expect(first?.[0]).toBe(wide.text);
    expect(second).toEqual([`${cart.text}# changed\n`, []]);
  });

  test('a route that moves from one document to another in one commit', () => {
    const shop2 = document('shop', { basket: { image: 'shop/basket', file: 'apps/shop/basket.yaml' } });
    const moved = {
      ...document('shop', { cart: { image: 'shop/cart', file: 'apps/shop/cart.yaml' } }),
      setting: 'b.yaml',
    };
    expect(inForce([{ fresh: shop2, lastGood: cart }, { fresh: moved }])).toEqual([
      [shop2.text, []],
      [moved.text, []],
    ]);
  });

  test('a removed document is out of force', () => {
    expect(inForce([{ lastGood: cart }, { fresh: bad, lastGood: pay }])[0]).toEqual([undefined, []]);
  });

  test('a route that moves to a document that comes earlier, while a third one has a conflict', () => {
    const moved = {
      ...document('shop', { cart: { image: 'shop/cart', file: 'apps/shop/cart.yaml' } }),
      setting: 'a.yaml',
    };
    const shop2 = document('shop', { basket: { image: 'shop/basket', file: 'apps/shop/basket.yaml' } });
    const clash = document('payments', { basket: { image: 'payments/basket', file: 'apps/payments/basket.yaml' } });
    const given = [{ fresh: moved }, { fresh: shop2, lastGood: cart }, { fresh: clash, lastGood: pay }];
    expect(inForce(given)).toEqual([
      [moved.text, []],
      [shop2.text, []],
      [pay.text, ['name-twice']],
    ]);
  });

  test('of 60 documents, one bad version costs few loads', () => {
    const given = Array.from({ length: 60 }, (_, index) => {
      const name = `s${index}`;
      const good = document(name, { [name]: { image: `${name}/api`, file: `apps/${name}/api.yaml` } });
      return { fresh: good, lastGood: good };
    });
    const [first] = given;
    if (first) given[0] = { ...first, fresh: { ...first.fresh, text: first.fresh.text.replace('image:', 'imgae:') } };
    let loads = 0;
    const { documents, table } = acceptDocuments([], given, (documents) => {
      loads += 1;
      return load(documents);
    });
    expect(documents.filter(({ errors }) => errors.length > 0)).toHaveLength(1);
    expect(table.entries).toHaveLength(60);
    expect(loads).toBeLessThanOrEqual(4);
  });
});
