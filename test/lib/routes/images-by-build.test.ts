import { expect, test } from 'vitest';
import type { Build } from '../../../src/lib/model/build.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { RouteTable } from '../../../src/lib/routes/route.ts';
import { routeBuild } from '../../../src/lib/delivery/plan/route-build.ts';

const collection = 'https://dev.azure.com/contoso';

function table(routes: string): RouteTable {
  const text = `
defaults:
  repository: ${collection}/platform/_git/gitops
  delivery: commit
  tags: { order: newest }
routes:
${routes}`;
  const loaded = loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] });
  if (!loaded.table) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.table;
}

function build(name: string, repository = 'api', details: Partial<Build> = {}): Build {
  const url = `${collection}/shop/_git/${repository}`;
  return {
    collection,
    project: 'shop',
    id: 1241,
    number: '20261120.3',
    url: `${collection}/shop/_build/results?buildId=1241`,
    result: 'succeeded',
    definition: { id: 12, name },
    repository: { url, key: url.toLowerCase(), name: repository },
    sourceBranch: 'refs/heads/main',
    sourceVersion: '4f9c1a7d'.repeat(5),
    reason: 'individualCI',
    ...details,
  };
}

/** `image:tag environments`, and the codes of what was skipped. */
function routed(routes: string, of: Build): string[] {
  const { images, open, skipped } = routeBuild(table(routes), of, []);
  return [
    ...images.map(
      ({ image, environments }) => `${image.repository}:${image.tag} ${[...environments].toSorted().join(' ')}`,
    ),
    ...open.map(({ image, tags, environments }) => `${image.repository}:${tags} ${[...environments].join(' ')}`),
    ...skipped.map(({ environment, code }) => `${environment} ${code}`),
  ];
}

const exact = `
  api:
    image: contoso.azurecr.io/shop/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    build: { definition: Shop-API, tag: 'main-{buildId}' }
    environments:
      dev: {}
      open: { build: { definition: 12, tag: 'main-{buildId}-*' } }
      unset: { build: { definition: shop-api, tag: null } }
      release: { from: { branches: [release/*] } }
      other: { build: { definition: other, tag: '{buildId}' } }
      any: { build: { repository: '${collection}/shop/_git/API', tag: '{sourceVersion:7}' } }
`;

test('a build is routed by its definition, name or number, or by its repository', () => {
  expect(routed(exact, build('shop-api'))).toEqual([
    'shop/api:main-1241 dev',
    'shop/api:4f9c1a7 any',
    'shop/api:main-1241-* open',
    'unset tag-unset',
    'release build-refused',
  ]);
  expect(routed(exact, build('other', 'web', { definition: { id: 7, name: 'other' } }))).toEqual([
    'shop/api:1241 other',
  ]);
});

test('a build that no route names, or of another collection, is routed nowhere', () => {
  expect(routed(exact, build('mobile', 'web', { definition: { id: 7, name: 'mobile' } }))).toEqual([]);
  expect(routed(exact, build('shop-api', 'api', { collection: 'https://dev.azure.com/fabrikam' }))).toEqual([]);
});

const pattern = `
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    where: { domain: [shop, pay] }
    update: [{ file: '{domain}/{service}.yaml', helm: { tag: image.tag } }]
    build: { definition: '{domain}-{service}-ci', tag: '{buildNumber}' }
    environments: { dev: {} }
  api:
    image: contoso.azurecr.io/shop/api
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: { dev: { build: { definition: shop-api-ci, tag: 'api-{buildId}' } } }
`;

test('of a pattern the captures come from the definition', () => {
  expect(routed(pattern, build('Pay-Ledger-CI'))).toEqual(['pay/ledger:20261120.3 dev']);
  // An exact image beats the pattern, and `where` limits it.
  expect(routed(pattern, build('shop-api-ci'))).toEqual(['shop/api:api-1241 dev']);
  expect(routed(pattern, build('hr-api-ci'))).toEqual([]);
});

const withRepository = (repository: string) => `
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}.yaml', helm: { tag: image.tag } }]
    build: { definition: '{service}', repository: '${repository}', tag: '{buildId}' }
    environments: { dev: {} }
`;

test('of a pattern the captures come from the repository too, and have to agree', () => {
  const url = withRepository(`${collection}/{domain}/_git/{service}`);
  expect(routed(url, build('api', 'api'))).toEqual(['shop/api:1241 dev']);
  expect(routed(url, build('api', 'web'))).toEqual([]);
  // A capture that the build does not say: nobody knows the image.
  expect(routed(withRepository('{service}'), build('api', 'api'))).toEqual([]);
});
