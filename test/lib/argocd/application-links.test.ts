import { expect, test } from 'vitest';
import { applicationLinks } from '../../../src/lib/argocd/application-links.ts';
import { readArgoCdInstances } from '../../../src/lib/argocd/read-instances.ts';

const environment = {
  ARGOCD_URL: 'https://argocd.contoso.com/ops/',
  ARGOCD_TOKEN: 'one',
  ARGOCD_URL__weu_1: 'https://weu.contoso.com',
  ARGOCD_TOKEN__weu_1: 'two',
};

test('an application has the page of its Argo CD, if the settings name it', () => {
  const instances = readArgoCdInstances(environment, undefined, (setting) => expect.unreachable(setting));
  const applications = ['argocd/shop-api', 'weu-1/argocd/shop-api', 'neu/argocd/shop-api', 'argocd/a b'];
  expect(applicationLinks(applications, instances)).toEqual({
    'argocd/shop-api': 'https://argocd.contoso.com/ops/applications/argocd/shop-api',
    'weu-1/argocd/shop-api': 'https://weu.contoso.com/applications/argocd/shop-api',
    'argocd/a b': 'https://argocd.contoso.com/ops/applications/argocd/a%20b',
  });
});
