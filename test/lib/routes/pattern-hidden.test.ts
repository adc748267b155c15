import { expect, test } from 'vitest';
import { loadText } from './support.ts';

function warnings(exact: string, patterns = ''): readonly unknown[] {
  const { problems } = loadText(`defaults:
  repository: https://dev.azure.com/contoso/platform/_git/gitops
environments: { dev: {}, test: {}, prod: {} }
routes:
  shop/{service}:
    image: contoso.azurecr.io/shop/{service}
    update: [{ file: 'apps/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, test, prod]
${patterns}  special:
    image: contoso.azurecr.io/shop/api
    update: [{ file: 'special/{environment}.yaml', helm: { tag: image.tag } }]
    environments: ${exact}
`);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return problems.filter(({ code }) => code === 'pattern-hidden');
}

test('an exact route that takes an image away from environments of a pattern', () => {
  expect(warnings('[dev]')).toMatchObject([
    {
      severity: 'warning',
      line: 10,
      route: 'special',
      field: 'routes.special.image',
      message: expect.stringMatching(/shop\/api.*special.*`shop\/\{service\}`.*`test` and `prod`/),
    },
  ]);
  expect(warnings('[dev, prod]')).toMatchObject([{ message: expect.stringContaining('`test`') }]);
});

test('an exact route with all environments of the pattern', () => {
  expect(warnings('[dev, test, prod]')).toEqual([]);
});

test('only the pattern that would match the image counts', () => {
  const narrower = `  narrow:{service}:
    image: contoso.azurecr.io/shop/a{service}
`.replace('narrow:{service}', "'narrow-{service}'");
  expect(
    warnings(
      '[dev]',
      `${narrower}    update: [{ file: 'narrow/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`,
    ),
  ).toEqual([]);
});

test('a narrower pattern does not count: it is a rule for many images', () => {
  const { problems } = loadText(`defaults:
  repository: https://dev.azure.com/contoso/platform/_git/gitops
routes:
  shop/{service}:
    image: contoso.azurecr.io/shop/{service}
    update: [{ file: 'apps/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, prod]
  jobs/{service}:
    image: contoso.azurecr.io/shop/job-{service}
    update: [{ file: 'jobs/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`);
  expect(problems.filter(({ code }) => code === 'pattern-hidden')).toEqual([]);
});
