import { describe, expect, test } from 'vitest';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { loadText, codesOf } from './support.ts';

const whole = `
defaults:
  repository: https://dev.azure.com/contoso/platform/_git/gitops
  branch: main
environments:
  dev:     { tags: { match: '^main-(\\d+)-[0-9a-f]{6,40}$', order: numeric }, from: { branches: [main] }, delivery: commit }
  staging: { promoteFrom: dev, delivery: pull-request, pullRequest: { reviewers: [release@contoso.com], autoComplete: true } }
  prod:    { promoteFrom: staging, tags: { semver: '>=1.0.0', order: semver }, delivery: pull-request, onFailure: revert }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: 'apps/{domain}/values-{environment}.yaml', helm: { tag: '{service}.image.tag' } }]
    application: '{environment}/argocd/{domain}'
    environments: [dev, staging, prod]
  payments:
    image: contoso.azurecr.io/payments
    environments:
      dev:
        update: [{ file: payments/kustomization.yaml, kustomize: {} }]
        application: [weu/argocd/payments, neu/argocd/payments]
      prod: { promoteFrom: dev, onFailure: none, repository: https://github.com/contoso/payments-gitops, branch: release, update: [{ file: values.yaml, helm: { tag: image.tag, digest: image.digest } }] }
`;

describe('a whole document', () => {
  test('loads with warnings only', () => {
    expect(codesOf(whole, 'error')).toEqual([]);
    expect(codesOf(whole, 'warning')).toContain('revert-migrations');
  });

  test('expands a pattern for an image', () => {
    const route = loadText(whole).table?.match('contoso.azurecr.io/shop/api.v2');
    expect(route?.name).toBe('shop/api.v2');
    expect(route?.environments.map(({ name }) => name)).toEqual(['dev', 'staging', 'prod']);
    const [dev, staging, prod] = route?.environments ?? [];
    expect(dev).toMatchObject({
      repository: 'https://dev.azure.com/contoso/platform/_git/gitops',
      branch: 'main',
      delivery: 'commit',
      takesPushes: true,
      application: ['dev/argocd/shop'],
      tags: { order: 'numeric' },
      update: [
        {
          kind: 'helm',
          file: 'apps/shop/values-dev.yaml',
          values: { tag: [{ kind: 'key', key: 'api.v2', captured: true }, { key: 'image' }, { key: 'tag' }] },
        },
      ],
    });
    expect(staging).toMatchObject({ takesPushes: false, tags: { order: 'numeric' }, promoteFrom: ['dev'] });
    expect(prod).toMatchObject({ takesPushes: true, tags: { order: 'semver', semver: '>=1.0.0' } });
  });

  test('takes an exact image by its own route', () => {
    const { table } = loadText(whole);
    expect(table?.match('contoso.azurecr.io/payments')?.name).toBe('payments');
    expect(table?.find('contoso.azurecr.io/payments', 'prod')?.environment.branch).toBe('release');
    expect(table?.match('contoso.azurecr.io/a/b/c')).toBeUndefined();
    expect(table?.match('other.azurecr.io/shop/api')).toBeUndefined();
  });

  test('has a hash that follows the text', () => {
    expect(loadText(whole).table?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(loadText(whole).table?.hash).not.toBe(loadText(`${whole}\n`).table?.hash);
  });
});

test('no documents give an empty table', () => {
  const { table } = loadRoutes([], { azureDevOpsCollections: [], registries: [] });
  expect(table?.match('contoso.azurecr.io/payments')).toBeUndefined();
});

test('from is warned of where registries are not asked', () => {
  const text = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    build: { definition: ci }
    environments: { dev: { from: { branches: [main] } } }
`;
  const warned = (verifyImage: boolean) =>
    loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [], verifyImage }).problems;
  expect(warned(false).map(({ code }) => code)).toContain('from-unverified');
  expect(warned(true).map(({ code }) => code)).not.toContain('from-unverified');
});
