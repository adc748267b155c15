import { expect, test } from 'vitest';
import { resolveValueFile } from '../../../src/cli/applications/value-file.ts';

const repository = { text: 'own' };
const values = { text: 'values' };
const variables = new Map([
  ['ARGOCD_APP_NAME', 'api-dev'],
  ['ARGOCD_APP_NAMESPACE', 'shop'],
]);

test.each<[string, string | undefined, string | undefined]>([
  ['values.yaml', 'own', 'charts/api/values.yaml'],
  ['./env/../values.yaml', 'own', 'charts/api/values.yaml'],
  ['../../env/dev.yaml', 'own', 'env/dev.yaml'],
  ['/env/dev.yaml', 'own', 'env/dev.yaml'],
  ['$values/api/dev.yaml', 'values', 'api/dev.yaml'],
  ['$ARGOCD_APP_NAME.yaml', 'own', 'charts/api/api-dev.yaml'],
  ['${ARGOCD_APP_NAMESPACE}/x.yaml', 'own', 'charts/api/shop/x.yaml'],
  ['$other/dev.yaml', undefined, undefined],
  ['https://contoso.com/values.yaml', undefined, undefined],
])('%s', (text, origin, file) => {
  const { at } = resolveValueFile(text, {
    repository,
    folder: 'charts/api',
    refs: new Map([['values', values]]),
    variables,
  });
  expect([at?.repository.text, at?.file]).toEqual([origin, file]);
});
