import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assembleFromApplications } from '../../../src/cli/applications/assemble-applications.ts';
import { readApplications } from '../../../src/cli/applications/read-applications.ts';
import { applicationOf, gitops, memoryCheckouts } from './shapes.ts';

const word = fc.constantFrom('api', 'web', 'dev', 'prod', 'test', 'weu', 'neu', 'a', 'non-prod', '1', 'acme');
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('-'));
const tag = fc.constantFrom('1', '1.10', 'main-7', '2024.7', '1.2.3');
const repository = fc.constantFrom(
  'contoso.azurecr.io/shop/api',
  'contoso.azurecr.io/web',
  'ghcr.io/x/y',
  'contoso.azurecr.io/base/proxy',
);
const image = fc.tuple(repository, tag).map(([path, version]) => `${path}:${version}`);
const repoURL = fc.constantFrom(
  gitops,
  'https://git.contoso.com/a/b',
  'git@github.com:contoso/gitops.git',
  'contoso.azurecr.io/charts',
);
const branch = fc.constantFrom('main', 'dev', 'HEAD', 'v1.2.3', undefined);
const file = fc.constantFrom(
  'values.yaml',
  'values-dev.yaml',
  '../prod.yaml',
  '/shared/v.yaml',
  '$ref/v.yaml',
  'env/*.yaml',
  '$X.yaml',
);
const folder = fc.constantFrom('.', 'apps/api', 'overlays/dev', 'overlays/prod');

const source = fc.record({
  repoURL,
  targetRevision: branch,
  path: folder,
  helm: fc.option(
    fc.record({
      valueFiles: fc.array(file, { maxLength: 3 }),
      parameters: fc.array(
        fc.record({ name: fc.constantFrom('image.tag', 'a[0].b', 'tag', String.raw`x\.y`), value: tag }),
        { maxLength: 2 },
      ),
      valuesObject: fc.option(fc.record({ image: fc.record({ tag }) }), { nil: undefined }),
    }),
    { nil: undefined },
  ),
  kustomize: fc.option(fc.record({ images: fc.array(image, { maxLength: 2 }) }), { nil: undefined }),
  ref: fc.constantFrom('ref', undefined),
});

const given = fc.record({
  name,
  images: fc.array(image, { maxLength: 3 }),
  sources: fc.array(source, { minLength: 1, maxLength: 2 }),
  project: word,
  destination: fc.record({ namespace: name, name: fc.constantFrom('aks-dev', 'aks-prod', 'in-cluster') }),
});

const values = fc.oneof(
  fc.tuple(repository, tag).map(([path, version]) => `image: { repository: ${path}, tag: '${version}' }\n`),
  tag.map((version) => `image:\n  tag: ${version}\n`),
  image.map((text) => `a:\n  - b: '${text}'\n`),
  fc.constantFrom('', '- 1\n', 'image: null\n', 'image: text\n', 'sops: { mac: x }\nimage: { tag: ENC[x] }\n'),
);
const kustomization = fc.oneof(
  fc.tuple(repository, tag).map(([path, version]) => `images: [{ name: ${path}, newTag: '${version}' }]\n`),
  fc.constantFrom('resources: [../dev, ../../apps/api]\n', 'components: [.]\n'),
);

const files = fc.dictionary(
  fc.constantFrom(gitops, 'https://git.contoso.com/a/b', 'https://github.com/contoso/gitops'),
  fc.record(
    {
      'apps/api/Chart.yaml': fc.constant('name: api\nappVersion: 1.2.3\n'),
      'apps/api/values.yaml': values,
      'apps/api/values-dev.yaml': values,
      'apps/prod.yaml': values,
      'shared/v.yaml': values,
      'v.yaml': values,
      'apps/api/env/a.yaml': values,
      'apps/api/env/b.yaml': values,
      'overlays/dev/kustomization.yaml': kustomization,
      'overlays/prod/kustomization.yaml': kustomization,
    },
    { requiredKeys: [] },
  ),
);

test('routes pass the check, and each running image has a route with its application, or a reason', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(given, { selector: (one) => one.name, maxLength: 6 }),
      files,
      (applications, contents) => {
        const read = readApplications(JSON.stringify(applications.map(applicationOf)), 'apps.json');
        const result = assembleFromApplications({
          applications: read,
          checkouts: memoryCheckouts(contents),
          registries: [],
          azureDevOpsCollections: [],
          gitHubHosts: [],
        });
        expect(result.table === undefined).toBe(result.text === undefined);
        for (const { name: application, images } of read) {
          for (const { registry, repository: path } of images) {
            const full = `${registry}/${path}`;
            const hasRoute =
              result.table?.match(full)?.environments.some((one) => one.application.includes(application)) === true;
            const reason = result.uncovered.find(
              (one) => one.image === full && one.applications.includes(application),
            )?.reason;
            expect([application, full, hasRoute, (reason ?? '') !== '']).toEqual([
              application,
              full,
              hasRoute,
              !hasRoute,
            ]);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
