import { describe, expect, test } from 'vitest';
import { healthyAt, settlingBench, syncResult } from '../../support/settling.ts';
import type { Said } from '../../support/settling.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { LiveResources } from '../../../src/lib/settling/live-resources.ts';

const routes = (fields: string) => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, ${fields} } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = { 'api.yaml': values('1'), 'web.yaml': values('1') };

const bench = (application = 'argocd/shop-dev') =>
  settlingBench({ routes: routes(`application: ${application}`), files });
const severalBench = () => bench('[argocd/weu, argocd/neu]');

describe('several applications', () => {
  test('the deployment is healthy when all are, and not before', async () => {
    const { deploy, hear, stateOf } = await severalBench();
    const deployed = await deploy('api', '2');
    await hear(healthyAt(deployed.commit, 1, { application: 'argocd/weu' }));
    expect(await stateOf(deployed)).toBe('syncing');
    await hear(healthyAt(deployed.commit, 1, { application: 'argocd/neu' }));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('one that failed fails it at once, and heals it when it is mended', async () => {
    const { deploy, hear, store, stateOf } = await severalBench();
    const { commit, ...deployed } = await deploy('api', '2');
    await hear(healthyAt(commit, 1, { application: 'argocd/weu' }));
    const operation = { phase: 'Failed', startedAt: 1, finishedAt: 2 } as const;
    await hear(
      syncResult({ application: 'argocd/neu', revision: commit, sync: 'OutOfSync', operation, reconciledAt: 3 }),
    );
    expect(await store.find(deployed)).toMatchObject({ state: 'failed', reason: 'argocd/neu: the sync ended Failed' });
    await hear(healthyAt(commit, 9, { application: 'argocd/neu' }));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('one that went over to another value has superseded it', async () => {
    const { deploy, hear, stateOf } = await severalBench();
    const first = await deploy('api', '2');
    const second = await deploy('api', '3');
    await hear(healthyAt(first.commit, 1, { application: 'argocd/weu' }));
    await hear(healthyAt(second.commit, 3, { application: 'argocd/neu' }));
    expect([await stateOf(first), await stateOf(second)]).toEqual(['superseded', 'syncing']);
  });
});

describe('the running images', () => {
  test('an image that does not run is a warning on healthy, and none once it was seen running', async () => {
    const { deploy, hear, store } = await bench();
    const { commit, ...deployed } = await deploy('api', '2');
    await hear(healthyAt(commit, 1, { images: ['contoso.azurecr.io/api:1', 'contoso.azurecr.io/web:2'] }));
    expect(await store.find(deployed)).toMatchObject({
      state: 'healthy',
      warning: 'committed, but argocd/shop-dev does not run this image',
      progress: { 'argocd/shop-dev': { runs: false } },
    });
    await hear(healthyAt(commit, 1, { images: ['contoso.azurecr.io/api:2'], reconciledAt: 9 }));
    expect(await store.find(deployed)).toMatchObject({
      state: 'healthy',
      progress: { 'argocd/shop-dev': { runs: true } },
    });
    expect(await store.find(deployed)).not.toHaveProperty('warning');
  });

  test('images that Argo CD does not tell are no warning', async () => {
    const { deploy, hear, store } = await bench();
    const { commit, ...deployed } = await deploy('api', '2');
    await hear(healthyAt(commit, 1));
    expect(await store.find(deployed)).not.toHaveProperty('warning');
  });
});

describe('an application that several routes share', () => {
  const degraded: Partial<Said> = { health: 'Degraded', healthSince: 2, reconciledAt: 30 };
  const shared = async (resources?: () => Promise<LiveResources>) => {
    const started = await settlingBench(
      { routes: routes('application: argocd/shop-dev'), files },
      resources === undefined ? {} : { resources },
    );
    const api = await started.deploy('api', '2');
    const web = await started.deploy('web', '2');
    return { ...started, api, web, hearDegraded: () => started.hear(healthyAt(web.commit, 1, degraded)) };
  };

  test('without the API all of its deployments are degraded (shared application)', async () => {
    const { api, web, store, hearDegraded } = await shared();
    await hearDegraded();
    for (const deployed of [api, web]) {
      expect(await store.find(deployed)).toMatchObject({
        state: 'degraded',
        reason: expect.stringContaining('degraded (shared application)'),
      });
    }
  });

  test('with the API only those are whose image a failing resource runs', async () => {
    const message = 'Back-off pulling image';
    const { api, web, store, stateOf, hearDegraded } = await shared(() =>
      Promise.resolve({
        degraded: [{ resource: 'apps/Deployment shop/api', message, images: ['contoso.azurecr.io/api:2'] }],
        roots: [],
      }),
    );
    await hearDegraded();
    expect(await stateOf(web)).toBe('syncing');
    expect((await store.find(api))?.progress?.['argocd/shop-dev']).toMatchObject({
      state: 'degraded',
      failures: [{ resource: 'apps/Deployment shop/api', message }],
    });
  });

  test('an Argo CD that is out of reach is asked again; nobody is blamed meanwhile', async () => {
    const { api, web, stateOf, hearDegraded } = await shared(() =>
      Promise.reject(new Failure('argocd-unavailable', 'no answer')),
    );
    await expect(hearDegraded()).rejects.toMatchObject({ code: 'argocd-unavailable' });
    expect([await stateOf(api), await stateOf(web)]).toEqual(['committed', 'committed']);
  });
});

test('an application of one route alone is degraded whether or not Argo CD can be asked why', async () => {
  const { deploy, hear, stateOf } = await settlingBench(
    { routes: routes('application: argocd/shop-dev, failureAfter: 1m'), files },
    { resources: () => Promise.reject(new Failure('argocd-unavailable', 'no answer')) },
  );
  const deployed = await deploy('api', '2');
  await hear(healthyAt(deployed.commit, 1, { health: 'Degraded', healthSince: 2, reconciledAt: 3 }));
  expect(await stateOf(deployed)).toBe('degraded');
});

test('what the operation could not apply stands on the record, the first five', async () => {
  const { deploy, hear, store } = await bench();
  const { commit, ...deployed } = await deploy('api', '2');
  const operation = { phase: 'Failed', startedAt: 1, finishedAt: 2 } as const;
  const result = syncResult({ revision: commit, sync: 'OutOfSync', operation, reconciledAt: 3 });
  const failedResources = Array.from({ length: 7 }, (_, index) => ({
    group: 'apps',
    kind: 'Deployment',
    namespace: 'shop',
    name: `api-${index}`,
    message: 'x'.repeat(1_000),
  }));
  await hear({ ...result, ...(result.operation && { operation: { ...result.operation, failedResources } }) });
  const failures = (await store.find(deployed))?.progress?.['argocd/shop-dev']?.failures;
  expect(failures?.map(({ resource }) => resource)).toEqual(
    Array.from({ length: 5 }, (_, index) => `apps/Deployment shop/api-${index}`),
  );
  expect(failures?.[0]?.message).toHaveLength(300);
});
