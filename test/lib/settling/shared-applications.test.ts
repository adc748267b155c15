import { describe, expect, onTestFinished, test } from 'vitest';
import { startArgoCd } from '../../../local/argocd/argocd.ts';
import { makeArgoCdApi } from '../../../src/lib/argocd/argocd-api.ts';
import type { ArgoCdApi } from '../../../src/lib/argocd/argocd-api.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { LiveResources, RootResource } from '../../../src/lib/settling/live-resources.ts';
import { ownHealth } from '../../../src/lib/settling/own-health.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { eventually } from '../../support/eventually.ts';
import { gitops, settlingBench, syncResult, zero } from '../../support/settling.ts';

const routes = `
defaults: { repository: ${gitops}, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: 'apps/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const values = (service: string, tag: string) =>
  `image:\n  repository: contoso.azurecr.io/${service}\n  tag: "${tag}"\n`;
const files = { 'apps/api.yaml': values('api', '1'), 'apps/web.yaml': values('web', '1') };

/** An Argo CD whose application deploys api and web; `web:2` is bad. */
async function bench(fateOfBad: 'breaks' | 'hangs' | 'refused', retries = 0) {
  const found: { api?: ArgoCdApi } = {};
  const api = (): ArgoCdApi => {
    if (!found.api) throw new Error('There is no Argo CD.');
    return found.api;
  };
  const started = await settlingBench(
    { routes, files },
    {},
    {
      knows: () => true,
      refresh: (name) => api().refresh(name),
      getApplication: (name) => api().getApplication(name),
      getResources: (name) => api().getResources(name),
    },
  );
  const argocd = await startArgoCd({
    applications: [
      {
        name: 'shop-dev',
        sources: [{ repoURL: gitops, path: 'apps', targetRevision: 'main' }],
        syncPolicy: { automated: {}, retry: { limit: retries } },
      },
    ],
    repositories: { [gitops]: started.bare },
    token: 'admin-token',
    fateOf: (image) => (image.endsWith('/web:2') ? fateOfBad : 'runs'),
    pace: { pollMs: 600_000, syncMs: 5, retryMs: 60_000, healthMs: 50, deadlineMs: 50, resyncMs: 600_000 },
    log: () => undefined,
  });
  onTestFinished(() => argocd.close());
  const access = { url: argocd.url, publicUrl: argocd.url, token: 'admin-token' };
  found.api = makeArgoCdApi({ instances: new Map([['', access]]), now: () => new Date() });
  const { settling, clock, work, waiting, store, deploy } = started;
  const statusOf = () => argocd.application('argocd/shop-dev').status;
  await eventually(() => expect(statusOf().sync.status).toBe('Synced'));
  clock.minute = (Date.now() - zero) / 60_000;
  const web = await deploy('web', '2');
  const own = await deploy('api', '2');
  settling.refresher.request({
    application: 'argocd/shop-dev',
    commit: own.commit,
    isHeld: false,
  });
  const stateOf = async (update: TagUpdate) => (await store.find(update))?.state;
  /** Goes on with the planned asks until a deployment has a state. */
  const until = (update: TagUpdate, state: string) =>
    eventually(async () => {
      clock.minute = Math.max(clock.minute, ...waiting.slice(0, 1).map(({ at }) => at));
      await work();
      expect(await stateOf(update)).toBe(state);
    });
  return { web, api: own, until, stateOf, statusOf };
}

test.each([
  ['breaks', 0, 'a workload of another route becomes degraded'],
  ['hangs', 0, 'a workload of another route never becomes ready'],
  ['refused', 0, 'the cluster refuses a workload of another route'],
  ['refused', 3, 'Argo CD repeats an operation that fails for another route'],
] as const)('%s, %i retries: a good deployment is healthy although %s', async (fate, retries, _why) => {
  const { api, web, until, stateOf, statusOf } = await bench(fate, retries);
  await until(api, 'healthy');
  expect(statusOf().health.status === 'Healthy' && statusOf().sync.status === 'Synced').toBe(false);
  expect(await stateOf(web)).not.toBe('healthy');
});

test('the deployment whose own workload is refused fails', async () => {
  const { web, until, stateOf } = await bench('refused');
  await until(web, 'failed');
  expect(await stateOf(web)).toBe('failed');
});

const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], {
  azureDevOpsCollections: [],
  registries: [],
});
const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: '2' };

function resolved() {
  const environment = table?.find('contoso.azurecr.io/api', 'dev')?.environment;
  if (!environment) throw new Error('The route does not load.');
  const update: TagUpdate = {
    id: 'x',
    route: 'api',
    environment: 'dev',
    image,
    pushedAt: new Date(zero).toISOString(),
    cause: { kind: 'push' },
  };
  return { update, environment };
}

const root = (name: string, tag: string, more: Partial<RootResource> = {}): RootResource => ({
  resource: `apps/Deployment shop/${name}`,
  kind: 'Deployment',
  health: 'Healthy',
  images: [`contoso.azurecr.io/${name}:${tag}`],
  ...more,
});
const web = root('web', '2', { health: 'Degraded' });

function failing(...names: readonly string[]): SyncResult['operation'] {
  const { operation } = syncResult({
    revision: 'c1',
    operation: { phase: 'Failed', startedAt: 1, finishedAt: 2 },
    reconciledAt: 3,
  });
  const failedResources = names.map((name) => ({
    group: 'apps',
    kind: 'Deployment',
    namespace: 'shop',
    name,
    message: 'invalid',
  }));
  return operation && { ...operation, failedResources };
}

describe('the own health', () => {
  test.each<[string, LiveResources['roots'], SyncResult['operation'], string | undefined]>([
    ['all own workloads run the image', [root('api', '2'), web], undefined, 'healthy'],
    ['an own workload runs the image before', [root('api', '1'), web], undefined, 'progressing'],
    [
      'one of two own workloads is not ready',
      [root('api', '2'), root('api', '2', { health: 'Progressing' })],
      undefined,
      'progressing',
    ],
    ['an own workload is degraded', [root('api', '2', { health: 'Degraded' })], undefined, 'degraded'],
    ['no workload runs the repository', [web], undefined, undefined],
    ['a job of an earlier run stays', [root('api', '2'), root('api', '1', { kind: 'Job' })], undefined, 'healthy'],
    ['there are only jobs', [root('api', '2', { kind: 'Job' })], undefined, undefined],
    ['another workload was refused', [root('api', '2'), web], failing('web'), 'healthy'],
    ['the own workload was refused', [root('api', '2'), web], failing('api'), undefined],
    ['an unknown workload was refused', [root('api', '2'), web], failing('migration'), undefined],
    ['the failed resources are unknown', [root('api', '2'), web], failing(), undefined],
  ])('%s', (_name, roots, operation, expected) => {
    expect(ownHealth(resolved(), { roots }, operation)).toBe(expected);
  });

  test('more failed resources than are listed may be own ones', () => {
    const operation = failing('web');
    const more = operation && { ...operation, failedResourcesOmitted: 1 };
    expect(ownHealth(resolved(), { roots: [root('api', '2'), web] }, more)).toBeUndefined();
  });
});
