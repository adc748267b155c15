import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextTag } from '../../../src/cli/init/guess-tags.ts';
import { takesTag } from '../../../src/lib/routes/match/tag-policy.ts';
import { Checkout, type Layout } from './layout.ts';

const host = 'contoso.azurecr.io';

const contents: Readonly<Record<string, (image: string, tag: string) => string>> = {
  values: (image, tag) => `image:\n  repository: ${image}\n  tag: "${tag}"\n`,
  'values with a registry': (image, tag) =>
    `image: { registry: ${host}, repository: ${image.slice(host.length + 1)}, tag: '${tag}' }\n`,
  'a reference': (image, tag) => `image: ${image}:${tag}\n`,
  manifest: (image, tag) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: app }\nspec: { template: { spec: { containers: [{ name: app, image: '${image}:${tag}' }] } } }\n`,
};
const paths = [
  'apps/SERVICE/values-ENV.yaml',
  'apps/SERVICE/values.azure.ENV.yaml',
  'apps/SERVICE/ENV/values.yaml',
  'ENV/SERVICE.yaml',
  'environments/ENV/SERVICE/values.yaml',
  'SERVICE-ENV/values.yaml',
];
const environments = ['dev', 'dev2', 'sit', 'uat', 'nonprod', 'staging', 'prd', 'prod-weu', 'prod-neu', 'demo'];
// Some are words of the paths and keys, or parts of them.
const services = ['cart', 'orders', 'stock', 'web', 'billing-api', 'art', 'apps', 'image', 'values', 'rod', 'app', 's'];
const tags = [
  '1.4.2',
  'v1.0.0',
  '1.0.0-rc.1',
  '1234',
  '007',
  'main-41',
  'main-41-ab12cd3',
  '20261101.3',
  'b12',
  'sha-abc1234',
];

const family = fc.record({
  content: fc.constantFrom(...Object.keys(contents)),
  path: fc.constantFrom(...paths),
  domain: fc.constantFrom('', 'shop/'),
  environments: fc.uniqueArray(fc.constantFrom(...environments), { minLength: 2, maxLength: 4 }),
  services: fc.uniqueArray(fc.constantFrom(...services), { minLength: 1, maxLength: 4 }),
  tag: fc.constantFrom(...tags),
});

test('init, then a push of a new tag, changes exactly the files of the environments that take it', async () => {
  await fc.assert(
    fc.asyncProperty(family, async ({ content, path, domain, tag, ...names }) => {
      const fileOf = (service: string, environment: string): string =>
        path.replace('SERVICE', service).replace('ENV', environment);
      const layout: Layout = Object.fromEntries(
        names.services.flatMap((service) =>
          names.environments.map((environment) => [
            fileOf(service, environment),
            contents[content]?.(`${host}/${domain}${service}`, tag) ?? '',
          ]),
        ),
      );
      const checkout = new Checkout(layout);
      try {
        const { environmentsOf, uncovered } = await checkout.init();
        expect(uncovered).toEqual([]);
        for (const service of names.services) {
          const image = `${host}/${domain}${service}`;
          const found = environmentsOf(image);
          expect(found.map(({ name }) => name).toSorted()).toEqual(names.environments.toSorted());
          const next = nextTag(tag);
          const taking = found.filter((one) => takesTag(one.tags, next).taken).map(({ name }) => name);
          expect(taking.toSorted()).toEqual(names.environments.toSorted());
          const { code, files } = await checkout.plan(`${image}:${next}`);
          expect({ code, files }).toEqual({
            code: 0,
            files: taking.map((environment) => fileOf(service, environment)).toSorted(),
          });
          for (const { name } of found)
            expect(await checkout.plan(`${image}:${next}`, name)).toMatchObject({ files: [fileOf(service, name)] });
          expect(await checkout.plan(`${image}:${tag}`)).toMatchObject({ code: 0, files: [] });
        }
      } finally {
        checkout.remove();
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);
