import { expect, onTestFinished, test } from 'vitest';
import { startArgoCd } from '../../../local/argocd/argocd.ts';
import type { ArgoCdOptions } from '../../../local/argocd/argocd.ts';
import type { ApplicationOptions } from '../../../local/argocd/options.ts';
import { makeArgoCdApi } from '../../../src/lib/argocd/argocd-api.ts';
import type { ArgoCdApi, SyncRequest } from '../../../src/lib/argocd/argocd-api.ts';
import { newLines } from '../../../src/lib/gates/gate-lines.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { eventually } from '../../support/eventually.ts';
import { gitops, settlingBench, zero } from '../../support/settling.ts';

const routes = (sync = true) => `
defaults: { repository: ${gitops}, branch: main, delivery: commit, argocd: { sync: ${sync} } }
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
const source = { repoURL: gitops, path: 'apps', targetRevision: 'main' };
const shop: ApplicationOptions = { name: 'shop-dev', sources: [source], syncPolicy: {} };
const accounts = [{ name: 'tagrelay', token: 'account-token' }];
const mayGet = 'p, tagrelay, applications, get, default/*, allow\n';
const maySync = `${mayGet}p, tagrelay, applications, sync, default/*, allow\n`;
const pace = { pollMs: 600_000, syncMs: 5, retryMs: 5, healthMs: 5, deadlineMs: 5, resyncMs: 600_000 };
const shut = { kind: 'deny', schedule: '* * * * *', duration: '1h', applications: ['*'] } as const;

const refusesTag2 = (image: string) => (image.endsWith(':2') ? 'refused' : 'runs');

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('There is no value.');
  return value;
}

/** tagrelay with an Argo CD whose account is `tagrelay`. */
async function bench(application = shop, options: Partial<ArgoCdOptions> = {}, wantsSync = true) {
  const requests: SyncRequest[] = [];
  const found: { api?: ArgoCdApi } = {};
  const api = (): ArgoCdApi => given(found.api);
  const started = await settlingBench(
    { routes: routes(wantsSync), files },
    {},
    {
      knows: () => true,
      refresh: (name) => api().refresh(name),
      getApplication: (name) => api().getApplication(name),
      startSync: (name, request) => {
        requests.push(request);
        return api().startSync(name, request);
      },
    },
  );
  const argocd = await startArgoCd({
    applications: [application],
    repositories: { [gitops]: started.bare },
    token: 'admin-token',
    accounts,
    policy: maySync,
    pace,
    log: () => undefined,
    ...options,
  });
  onTestFinished(() => argocd.close());
  const access = { url: argocd.url, publicUrl: argocd.url, token: 'account-token' };
  found.api = makeArgoCdApi({ instances: new Map([['', access]]), now: () => new Date() });
  const statusOf = () => argocd.application('argocd/shop-dev').status;
  await eventually(() => expect(statusOf().sync.status).toBe('Synced'));
  const { settling, clock, work, waiting, store } = started;
  clock.minute = (Date.now() - zero) / 60_000;
  const recordOf = async (update: TagUpdate) => given(await store.find(update));
  return {
    ...started,
    argocd,
    requests,
    statusOf,
    recordOf,
    /** The refresh after a commit, and what follows from its answer at once. */
    refresh: async (commit: string) => {
      settling.refresher.request({ application: 'argocd/shop-dev', commit, isHeld: false });
      await work();
    },
    /** Goes on with the planned asks until a deployment has a state. */
    until: (update: TagUpdate, state: string) =>
      eventually(async () => {
        clock.minute = Math.max(clock.minute, ...waiting.map(({ at }) => at));
        await work();
        expect((await recordOf(update)).state).toBe(state);
      }),
  };
}

test('an application without automated sync is synced at the commit, once, and becomes healthy', async () => {
  const { deploy, refresh, until, requests, argocd, recordOf } = await bench();
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  await refresh(`${deployed.commit} again`);
  await until(deployed, 'healthy');
  expect(requests).toEqual([{ prune: false, revision: deployed.commit }]);
  expect(argocd.application('argocd/shop-dev').status.operationState?.operation).toMatchObject({
    initiatedBy: { username: 'tagrelay' },
    sync: { revision: deployed.commit },
  });
  expect((await recordOf(deployed)).syncs).toEqual({ 'argocd/shop-dev': { at: expect.any(String) as unknown } });
});

test.each([
  ['automated sync', { ...shop, syncPolicy: { automated: {} } }, true],
  ['an environment without `argocd.sync`', shop, false],
])('%s gets no request', async (_name, application, wantsSync) => {
  const { deploy, refresh, clock, work, requests } = await bench(application, {}, wantsSync);
  await refresh((await deploy('api', '2')).commit);
  clock.minute += 10;
  await work();
  expect(requests).toEqual([]);
});

test('prune and sync options are those of the Application', async () => {
  const syncPolicy = {
    automated: { enabled: false, prune: true },
    syncOptions: ['ServerSideApply=true'],
    retry: { limit: 2 },
  };
  const { deploy, refresh, until, statusOf } = await bench({ ...shop, syncPolicy });
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  await until(deployed, 'healthy');
  expect(statusOf().operationState?.operation).toMatchObject({
    sync: { revision: deployed.commit, prune: true, syncOptions: ['ServerSideApply=true'] },
    retry: { limit: 2 },
  });
});

test('of several sources, those of the repository and the branch are synced at the commit', async () => {
  const chart = { repoURL: 'https://charts.contoso.example', chart: 'shop', targetRevision: '1.2.3' };
  const { deploy, refresh, until, requests, statusOf } = await bench({ ...shop, sources: [chart, source] });
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  await until(deployed, 'healthy');
  expect(requests).toEqual([{ prune: false, revisions: [deployed.commit], sourcePositions: [2] }]);
  expect(statusOf().operationState?.operation.sync.revisions).toEqual(['1.2.3', deployed.commit]);
});

test.each([
  ['a sync window', { projects: { default: { syncWindows: [shut] } } }, 'cannot sync: blocked by sync window'],
  ['a missing right', { policy: mayGet }, 'permission denied: applications, sync, default/shop-dev'],
])('%s is shown in status and gate log, requested once, and is no failure', async (_name, options, reason) => {
  const { deploy, refresh, clock, work, waiting, requests, recordOf, events } = await bench(shop, options);
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  for (let minute = 0; minute < 30; minute += 5) {
    clock.minute = Math.max(clock.minute + 5, ...waiting.map(({ at }) => at));
    await work();
  }
  expect(requests).toHaveLength(1);
  expect(events.filter((event) => event === 'argocd-sync-refused')).toHaveLength(1);
  const record = await recordOf(deployed);
  expect(record).toMatchObject({ state: 'syncing', reason: expect.stringContaining(reason) as unknown });
  expect(newLines({}, [record], new Date(0)).lines.join('\n')).toContain(reason);
});

test('a sync by a person after a refusal settles, without the refusal', async () => {
  const { deploy, refresh, until, argocd, recordOf } = await bench(shop, { policy: mayGet });
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  expect((await recordOf(deployed)).reason).toContain('permission denied');
  argocd.sync('argocd/shop-dev');
  await until(deployed, 'healthy');
  expect(await recordOf(deployed)).not.toHaveProperty('reason');
});

test('a failed sync is not repeated', async () => {
  const { deploy, refresh, until, requests, clock, work, waiting } = await bench(shop, { fateOf: refusesTag2 });
  const deployed = await deploy('api', '2');
  await refresh(deployed.commit);
  await until(deployed, 'failed');
  for (let minute = 0; minute < 30; minute += 5) {
    clock.minute = Math.max(clock.minute + 5, ...waiting.map(({ at }) => at));
    await work();
  }
  await refresh(`${deployed.commit} again`);
  expect(requests).toHaveLength(1);
});

test('deployments of one application share the sync of the newest commit, and nothing goes backwards', async () => {
  const { deploy, refresh, until, requests } = await bench();
  const api = await deploy('api', '2');
  const web = await deploy('web', '2');
  await refresh(web.commit);
  await until(web, 'healthy');
  await refresh(api.commit);
  await until(api, 'healthy');
  expect(requests.map(({ revision }) => revision)).toEqual([web.commit]);
});
