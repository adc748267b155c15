import { expect, onTestFinished, test } from 'vitest';
import { startArgoCd } from '../../../local/argocd/argocd.ts';
import { makeArgoCdApi } from '../../../src/lib/argocd/argocd-api.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { ArgoCdApi, SyncRequest } from '../../../src/lib/argocd/argocd-api.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
import { newLines } from '../../../src/lib/gates/gate-lines.ts';
import { eventually } from '../../support/eventually.ts';
import { gitops, settlingBench, syncResult, zero } from '../../support/settling.ts';
import type { Said } from '../../support/settling.ts';

const routes = `
defaults: { repository: ${gitops}, branch: main, delivery: commit, argocd: { sync: true } }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: apps/shop.yaml, application: {} }], environments: [dev] }
`;
const manifest = (tag: string) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop-dev }
spec:
  source:
    repoURL: https://charts.contoso.example
    chart: shop
    targetRevision: 1.0.0
    kustomize: { images: ['contoso.azurecr.io/api:${tag}'] }
`;
const files = { 'apps/shop.yaml': manifest('1') };
const start = '0'.repeat(40);
/** A minute after every record of the test. */
const later = (Date.now() - zero) / 60_000 + 60;

type Applications = Record<'argocd/apps' | 'argocd/shop-dev', SyncResult>;

const stateOf = (application: string, isAutomated: boolean, said: Omit<Said, 'application'>): SyncResult => ({
  ...syncResult({ application, ...said }),
  syncPolicy: { isAutomated, prunes: false },
});

/** An app of apps, and its child from a chart; both are as the test says. */
async function bench(automated: { readonly apps?: boolean; readonly shop?: boolean } = {}) {
  const apps = (said: Omit<Said, 'application'>) => stateOf('argocd/apps', automated.apps === true, said);
  const shop = (said: Omit<Said, 'application' | 'revision'>): SyncResult => ({
    ...stateOf('argocd/shop-dev', automated.shop === true, { revision: '1.0.0', ...said }),
    sources: [{ repoUrl: 'https://charts.contoso.example', chart: 'shop' }],
  });
  const argoCd: Applications = {
    'argocd/apps': apps({ revision: start, reconciledAt: 0 }),
    'argocd/shop-dev': shop({ reconciledAt: 0, images: ['contoso.azurecr.io/api:1'] }),
  };
  const requests: { readonly application: string; readonly request: SyncRequest }[] = [];
  const answers: { refusal?: string } = {};
  const started = await settlingBench(
    { routes, files },
    {},
    {
      knows: () => true,
      getApplication: (name) => Promise.resolve(argoCd[name as keyof Applications]),
      getHolder: () => Promise.resolve({ application: 'argocd/apps', result: argoCd['argocd/apps'] }),
      startSync(application, request) {
        requests.push({ application, request });
        return answers.refusal === undefined
          ? Promise.resolve()
          : Promise.reject(new Failure('argocd-sync-refused', answers.refusal));
      },
    },
  );
  started.clock.minute = later - 60;
  const { settling, work } = started;
  return {
    ...started,
    apps,
    shop,
    argoCd,
    requests,
    answers,
    /** The answer of an ask, and what follows from it. */
    ask: async () => {
      settling.refresher.ask('argocd/shop-dev');
      await work();
    },
  };
}

test('for an edited Application its holder is synced at the commit, then the Application at its target revision', async () => {
  const { deploy, apps, shop, argoCd, requests, ask, stateOf } = await bench();
  const deployed = await deploy('api', '2');
  // Argo CD has not compared the commit yet.
  await ask();
  expect(requests).toEqual([]);
  argoCd['argocd/apps'] = apps({ revision: deployed.commit, sync: 'OutOfSync', reconciledAt: later });
  await ask();
  await ask();
  expect(requests).toEqual([{ application: 'argocd/apps', request: { prune: false, revision: deployed.commit } }]);
  const operation = { startedAt: later + 1, finishedAt: later + 2 };
  argoCd['argocd/apps'] = apps({ revision: deployed.commit, operation, reconciledAt: later + 3 });
  argoCd['argocd/shop-dev'] = shop({
    sync: 'OutOfSync',
    reconciledAt: later + 3,
    images: ['contoso.azurecr.io/api:1'],
  });
  await ask();
  await ask();
  expect(requests.slice(1)).toEqual([{ application: 'argocd/shop-dev', request: { prune: false } }]);
  const own = { startedAt: later + 4, finishedAt: later + 5 };
  argoCd['argocd/shop-dev'] = shop({ operation: own, reconciledAt: later + 6, images: ['contoso.azurecr.io/api:2'] });
  await ask();
  expect(await stateOf(deployed)).toBe('healthy');
  expect(requests).toHaveLength(2);
});

test('with automated sync of both nothing is requested', async () => {
  const { deploy, apps, shop, argoCd, requests, ask } = await bench({ apps: true, shop: true });
  const deployed = await deploy('api', '2');
  argoCd['argocd/apps'] = apps({ revision: deployed.commit, sync: 'OutOfSync', reconciledAt: later });
  argoCd['argocd/shop-dev'] = shop({ sync: 'OutOfSync', reconciledAt: later });
  await ask();
  expect(requests).toEqual([]);
});

test('a refusal of the sync of the holder is shown, and stays while nothing happens', async () => {
  const { deploy, apps, argoCd, answers, requests, ask, store } = await bench();
  const deployed = await deploy('api', '2');
  argoCd['argocd/apps'] = apps({ revision: deployed.commit, sync: 'OutOfSync', reconciledAt: later });
  answers.refusal = 'Argo CD refused the sync: blocked by sync window';
  for (let asks = 0; asks < 3; asks += 1) await ask();
  expect(requests).toHaveLength(1);
  const record = await store.find(deployed);
  if (!record) throw new Error('there is no record');
  expect(record).toMatchObject({
    state: 'syncing',
    reason: expect.stringContaining('blocked by sync window') as unknown,
  });
  expect(newLines({}, [record], new Date(0)).lines.join('\n')).toContain('blocked by sync window');
});

test('with a real app of apps, an edited Application becomes healthy by two syncs', async () => {
  const found: { api?: ArgoCdApi } = {};
  const api = (): ArgoCdApi => {
    if (!found.api) throw new Error('Argo CD has not started');
    return found.api;
  };
  const requests: string[] = [];
  const { bare, clock, waiting, settling, work, deploy, stateOf } = await settlingBench(
    { routes, files },
    {},
    {
      knows: () => true,
      getApplication: (name) => api().getApplication(name),
      getHolder: (name) => api().getHolder(name),
      refresh: (name) => api().refresh(name),
      refreshHolder: (name) => api().refreshHolder(name),
      startSync: (name, request) => {
        requests.push(name);
        return api().startSync(name, request);
      },
    },
  );
  const source = { repoURL: gitops, path: 'apps', targetRevision: 'main' };
  const argoCd = await startArgoCd({
    applications: [{ name: 'apps', sources: [source], syncPolicy: {} }],
    repositories: { [gitops]: bare },
    token: 'admin-token',
    accounts: [{ name: 'tagrelay', token: 'account-token' }],
    policy: 'p, tagrelay, applications, get, default/*, allow\np, tagrelay, applications, sync, default/*, allow\n',
    pace: { pollMs: 600_000, syncMs: 5, retryMs: 5, healthMs: 5, deadlineMs: 5, resyncMs: 600_000 },
    log: () => undefined,
  });
  onTestFinished(() => argoCd.close());
  const access = { url: argoCd.url, publicUrl: argoCd.url, token: 'account-token' };
  found.api = makeArgoCdApi({ instances: new Map([['', access]]), now: () => new Date() });
  await eventually(() => expect(argoCd.application('argocd/shop-dev').status.sync.status).toBe('Synced'));
  clock.minute = (Date.now() - zero) / 60_000;
  const deployed = await deploy('api', '2');
  settling.refresher.request({ application: 'argocd/shop-dev', commit: deployed.commit, isHeld: true });
  await eventually(async () => {
    clock.minute = Math.max(clock.minute, ...waiting.map(({ at }) => at));
    await work();
    expect(await stateOf(deployed)).toBe('healthy');
  });
  expect(requests).toEqual(['argocd/apps', 'argocd/shop-dev']);
  expect(argoCd.application('argocd/shop-dev').status.summary.images).toEqual(['contoso.azurecr.io/api:2']);
});
