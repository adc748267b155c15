import { afterEach, describe, expect, test } from 'vitest';
import { Checkout, type Layout } from './layout.ts';

const image = 'contoso.azurecr.io/shop/api';
const values = (tag: string, name = image) => `image:\n  repository: ${name}\n  tag: ${tag}\n`;
const all = (...paths: readonly string[]): Layout =>
  Object.fromEntries(paths.map((path, index) => [path, values(`1.0.${index}`)]));

const application = (name: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name}, namespace: argocd }\nspec: { source: { repoURL: 'https://github.com/contoso/deploy', path: apps/${name} } }\n`;

const open: Checkout[] = [];
afterEach(() => {
  for (const checkout of open.splice(0)) checkout.remove();
});

async function environments(layout: Layout): Promise<Record<string, string[]>> {
  const checkout = new Checkout(layout);
  open.push(checkout);
  const { environmentsOf } = await checkout.init();
  return Object.fromEntries(environmentsOf(image).map(({ name, update }) => [name, update.map(({ file }) => file)]));
}

const families: readonly (readonly [template: string, words: readonly string[]])[] = [
  ['values.azure.*.yaml', ['dev', 'demo', 'prod']],
  ['values-*.yaml', ['dev', 'staging', 'prod']],
  ['envs/*.yaml', ['nonprod', 'prod']],
  ['*.yaml', ['nonprod', 'prod']],
  ['values_*.yaml', ['sit', 'uat', 'prd']],
  ['chart/values-*.yaml', ['dev1', 'dev2', 'sit', 'uat', 'prd']],
  ['clusters/*/api/values.yaml', ['dev-weu', 'prod-weu', 'prod-neu']],
  ['apps/api/*/values.yaml', ['dev', 'prod-eastus2']],
  ['apps/api.*.values.yaml', ['dev', 'prod']],
  ['api-*/values.yaml', ['dev', 'prod']],
  ['api-*-aks/values.yaml', ['test', 'live']],
  ['*-values.yaml', ['qa', 'prod']],
  ['prod-*.yaml', ['01', '02']],
  ['apps/*/values.yaml', ['pre-prod', 'non-prod', 'prod']],
  ['values-*.yaml', ['alpha-jp', 'alpha-kr', 'prod-kr', 'demo-dev']],
  // Words that no list has.
  ['values.azure.*.yaml', ['gamma', 'delta']],
  ['values-*.yaml', ['dev', 'vitrine']],
  ['*/values.yaml', ['dev', 'vitrine', 'prod']],
  ['rings/*/values.yaml', ['first', 'second', 'third']],
  ['deploy/*.yaml', ['canary', 'wide']],
];

describe('environments', () => {
  test.each(families)('%s with %j: one each', async (template, words) => {
    const paths = words.map((word) => template.replace('*', word));
    const found = await environments(all(...paths));
    expect(new Set(Object.values(found))).toEqual(new Set(paths.map((path) => [path])));
    for (const [name, [path]] of Object.entries(found)) expect(path?.replaceAll(/[-/.]/g, '-')).toContain(name);
  });

  test.each<readonly [readonly string[], readonly (readonly [name: string, moves: boolean, isFirst: boolean])[]]>([
    [
      ['values-d1.yaml', 'values-t2.yaml', 'values-s1.yaml', 'values-q1.yaml', 'values-p1.yaml'],
      [
        ['d1', true, true],
        ['t2', false, false],
        ['q1', false, false],
        ['s1', false, false],
        ['p1', false, false],
      ],
    ],
    [
      ['stages/api-d1.yaml', 'stages/api-prd.yaml'],
      [
        ['d1', true, true],
        ['prd', false, false],
      ],
    ],
    [
      ['values-d.yaml', 'values-t.yaml', 'values-a.yaml', 'values-p.yaml'],
      [
        ['d', true, true],
        ['t', false, false],
        ['a', false, false],
        ['p', false, false],
      ],
    ],
    [
      ['d1-weu/values.yaml', 'd1-neu/values.yaml', 'p1-weu/values.yaml'],
      [
        ['d1-neu', true, true],
        ['d1-weu', true, true],
        ['p1-weu', false, false],
      ],
    ],
    [
      ['d1/d1.yaml', 'p1/p1.yaml'],
      [
        ['d1', true, true],
        ['p1', false, false],
      ],
    ],
    [
      ['us-staging.yaml', 'eu-staging.yaml', 'us-prod.yaml'],
      [
        ['eu-staging', false, true],
        ['us-staging', false, true],
        ['us-prod', false, false],
      ],
    ],
    [
      ['dev1.yaml', 'dev2.yaml', 'prd.yaml'],
      [
        ['dev1', true, true],
        ['dev2', true, true],
        ['prd', false, false],
      ],
    ],
    // Letters that nothing shows to be stages: shards, a team.
    [
      ['values-s1.yaml', 'values-s2.yaml'],
      [
        ['s1', false, true],
        ['s2', false, true],
      ],
    ],
  ])('%j: ordered by stage, the first stage takes pushes', async (paths, expected) => {
    const checkout = new Checkout(all(...paths));
    open.push(checkout);
    const { text, environmentsOf } = await checkout.init();
    const names = [...text.matchAll(/^ {2}(\S+): # /gm)].map(([, name]) => name);
    const found = new Map(environmentsOf(image).map((one) => [one.name, one]));
    expect(
      names.map((name) => {
        const one = found.get(name ?? '');
        return [name, one?.delivery === 'commit', one?.from?.branches !== undefined];
      }),
    ).toEqual(expected);
  });

  test.each<readonly [string, Layout]>([
    [
      'a service',
      {
        'd1/values.yaml': values('1.0.0', 'contoso.azurecr.io/d1'),
        'p1/values.yaml': values('1.0.0', 'contoso.azurecr.io/p1'),
      },
    ],
    ['a folder without its counterpart', { 'd1/values.yaml': values('1.0.0'), 'p1/other.yaml': 'a: 1\n' }],
  ])('a letter that names %s is no environment', async (_, layout) => {
    const checkout = new Checkout(layout);
    open.push(checkout);
    const { writes } = await checkout.init();
    expect([...new Set(Object.values(writes).flatMap((route) => Object.keys(route)))]).toEqual(['default']);
  });

  test('an environment with a moving tag or a digest alone takes tags like those of the others', async () => {
    const overlay = (tag: string): string => `images: [{ name: ${image}, ${tag} }]\n`;
    const checkout = new Checkout({
      'overlays/dev/kustomization.yaml': overlay('newTag: latest'),
      'overlays/test/kustomization.yaml': overlay('newTag: "20261128.2"'),
      'overlays/prod/kustomization.yaml': overlay(`digest: 'sha256:${'cd'.repeat(32)}'`),
    });
    open.push(checkout);
    const { environmentsOf } = await checkout.init();
    const match = String.raw`^(\d+)\.(\d+)$`;
    expect(environmentsOf(image).map(({ name, tags }) => [name, tags.match, tags.order])).toEqual(
      ['dev', 'test', 'prod'].map((name) => [name, match, 'numeric']),
    );
  });

  test('two stages in one path name one environment', async () => {
    expect(await environments(all('weu/prod/values.yaml', 'neu/prod/values.yaml', 'weu/dev/values.yaml'))).toEqual({
      dev: ['weu/dev/values.yaml'],
      'weu-prod': ['weu/prod/values.yaml'],
      'neu-prod': ['neu/prod/values.yaml'],
    });
    expect(await environments(all('prod/weu/values.yaml', 'prod/neu/values.yaml'))).toEqual({
      'prod-neu': ['prod/neu/values.yaml'],
      'prod-weu': ['prod/weu/values.yaml'],
    });
    expect(await environments(all('nonprod/dev/values.yaml', 'prod/dev/values.yaml'))).toEqual({
      'nonprod-dev': ['nonprod/dev/values.yaml'],
      'prod-dev': ['prod/dev/values.yaml'],
    });
  });

  test('tenants of a stage are environments of their own', async () => {
    const paths = ['prod/acme/values.yaml', 'prod/globex/values.yaml', 'dev/values.yaml'];
    expect(await environments(all(...paths))).toEqual({
      dev: ['dev/values.yaml'],
      'prod-acme': ['prod/acme/values.yaml'],
      'prod-globex': ['prod/globex/values.yaml'],
    });
  });

  test('a folder of an application is no environment', async () => {
    expect(await environments(all('test-runner/values.yaml'))).toEqual({ default: ['test-runner/values.yaml'] });
  });

  test('what stands before the environment may differ: one push writes both, and a note names them', async () => {
    const checkout = new Checkout(all('api/dev/values.yaml', 'worker/dev/values.yaml', 'api/prod/values.yaml'));
    open.push(checkout);
    const { environmentsOf, notes } = await checkout.init();
    expect(environmentsOf(image).map(({ name, update }) => [name, update.length])).toEqual([
      ['dev', 2],
      ['prod', 1],
    ]);
    expect(notes).toContainEqual(`${image} in dev: one push writes api/dev/values.yaml, worker/dev/values.yaml`);
  });

  test('a word that is not known is split, and a note names the files', async () => {
    const checkout = new Checkout(all('values.azure.gamma.yaml', 'values.azure.delta.yaml'));
    open.push(checkout);
    expect((await checkout.init()).notes).toContainEqual(
      `${image}: values.azure.delta.yaml, values.azure.gamma.yaml differ by no known word; each becomes an environment of its own`,
    );
  });

  test('values of all environments are left out beside those of one, with a note', async () => {
    const checkout = new Checkout(all('values.yaml', 'values-dev.yaml', 'values-prod.yaml'));
    open.push(checkout);
    const { environmentsOf, uncovered } = await checkout.init();
    expect(environmentsOf(image).map(({ name }) => name)).toEqual(['dev', 'prod']);
    expect(uncovered).toEqual([`values.yaml ${image}:1.0.0: it shows no environment, as other files of the image do`]);
  });

  test('a base whose overlays set no tag changes all of them: a note says so, and a review is needed', async () => {
    const checkout = new Checkout({
      ...all('values.yaml'),
      'values-dev.yaml': 'replicas: 1\n',
      'values-prod.yaml': 'replicas: 3\n',
    });
    open.push(checkout);
    const { environmentsOf, notes } = await checkout.init();
    expect(environmentsOf(image)).toMatchObject([{ name: 'default', delivery: 'pull-request' }]);
    expect(notes.join('\n')).toContain('A push changes every one of them');
  });

  test.each([
    ['eight services', ['cart', 'orders', 'stock', 'search', 'mail', 'users', 'tax', 'wiki'], ['default']],
    ['two stages', ['api-dev', 'api-prod'], ['dev', 'prod']],
    ['one stage', ['api-dev'], ['default']],
    ['two stages by letter', ['api-d1', 'api-p1'], ['d1', 'p1']],
  ])('Applications of %s', async (_, names, expected) => {
    const files = names.flatMap((name): [string, string][] => [
      [`argocd/${name}.yaml`, application(name)],
      [`apps/${name}/values.yaml`, values('1.0.0', `contoso.azurecr.io/${name.replace(/-.*/, '')}`)],
    ]);
    const checkout = new Checkout(Object.fromEntries(files));
    open.push(checkout);
    const { writes } = await checkout.init();
    expect([...new Set(Object.values(writes).flatMap((route) => Object.keys(route)))].toSorted()).toEqual(expected);
  });
});
