import { unbounded } from './unbounded.ts';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { startDevOps } from '../../local/devops/devops.ts';
import type { DevOpsOptions } from '../../local/devops/devops.ts';
import type { RepositoryOptions } from '../../local/devops/server/platform.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { makeBranchDelivery } from '../../src/app/delivery.ts';
import { makeServices } from '../../src/app/services.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeTableStore } from '../../src/lib/deployments/table-store.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import type { ApplyUpdate } from '../../src/lib/delivery/apply-update.ts';
import { makeFindEnvironment } from '../../src/lib/delivery/apply-update.ts';
import type { CommitGroupDeps } from '../../src/lib/delivery/commit-group.ts';
import { makeFreezeStore } from '../../src/lib/delivery/windows/freeze-store.ts';
import { followPullRequests } from '../../src/lib/delivery/propose/follow-pull-requests.ts';
import type { FollowAllDeps } from '../../src/lib/delivery/propose/follow-pull-requests.ts';
import { countCalls } from '../../src/lib/git/count-calls.ts';
import type { HostShare } from '../../src/lib/net/host-share.ts';
import { makeNamedEnvironments } from '../../src/lib/delivery/restore/named-environments.ts';
import { routeImage } from '../../src/lib/delivery/plan/route-image.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { watchContract } from './devops-contract.ts';
import { startGitServer } from './git-server.ts';
import { startGitHub } from './github/github.ts';
import { seedBare, temporaryFolder } from './platform.ts';

export interface DeliveryOptions {
  readonly files: Readonly<Record<string, string>>;
  readonly routes: string;
  /** `owner/name` of the repository, where it is on GitHub. */
  readonly gitHub?: string;
  /** What Azure DevOps knows besides the files. */
  readonly devops?: Pick<DevOpsOptions, 'identities'> & Pick<RepositoryOptions, 'policies'>;
}

const token = 'gh-token';

/** The delivery of tag updates, without queues: real storage, the emulator, a real repository `contoso/platform/gitops`. */
export async function deliveryBench({ files, routes, devops: more = {}, gitHub: fullName }: DeliveryOptions) {
  const root = await temporaryFolder();
  const bare = join(root, fullName === undefined ? 'gitops.git' : `${fullName}.git`);
  await seedBare(bare, files);
  const { identities = [], policies = [] } = more;
  const contract = watchContract();
  const devops = await startDevOps({
    port: 0,
    onRequest: contract.onRequest,
    repositories: [{ organization: 'contoso', project: 'platform', name: 'gitops', directory: bare, policies }],
    tokens: ['token'],
    identities,
  });
  onTestFinished(async () => {
    await devops.close();
    contract.check();
  });
  const gitServer = fullName === undefined ? undefined : await startGitServer({ root, password: token });
  const gitHub = fullName === undefined ? undefined : await startGitHub({ repositories: { [fullName]: bare }, token });
  onTestFinished(async () => {
    await gitServer?.close();
    await gitHub?.close();
  });
  const storage = await startStorage();
  onTestFinished(() => storage.close());
  const hosts = {
    azureDevOpsCollections: [],
    registries: [],
    localEndpoints: {
      'https://dev.azure.com/contoso': `${devops.url}/contoso`,
      ...(gitServer && { 'https://github.com': gitServer.url }),
      ...(gitHub && { 'https://api.github.com': gitHub.url }),
      // Nobody listens there: what calls it fails.
      'https://gitlab.com': 'http://127.0.0.1:9',
    },
  };
  const { table, problems } = loadRoutes([{ setting: 'ROUTES', text: routes }], hosts);
  if (!table) throw new Error(problems.map(({ message }) => message).join('\n'));
  const rows = makeTableRows({ AzureWebJobsStorage: storage.connectionString });
  const store = makeTableStore(rows);
  const freezeStore = makeFreezeStore(rows, () => new Date());
  /** Unlike the app it reads them for each plan. */
  const readFreezes = (now: () => Date) => async () => ({ readAt: now(), freezes: await freezeStore.list() });
  const findEnvironment = makeFindEnvironment(() => Promise.resolve(table));

  const connect = () => connectAll().repositories;

  function connectAll() {
    const credentials = [gitServer, gitHub].flatMap((one) =>
      one ? [[new URL(one.url).host, { username: 'x-access-token', password: token }] as const] : [],
    );
    const settings = {
      ...hosts,
      registryCredentials: new Map(),
      azureDevOpsPat: 'token',
      gitCredentials: new Map(credentials),
      gitCredentialHosts: credentials.map(([host]) => host),
      gitHubHosts: [],
      gitAuthor: { name: 'tagrelay', email: 'tagrelay@contoso.example' },
      clientId: undefined,
    };
    return makeServices(settings, { userAgent: 'tagrelay/test' });
  }

  /** One worker: a process of the app as far as delivery goes. `store` may be one that fails. */
  function worker(overrides: Partial<CommitGroupDeps & { readonly hosts: HostShare }> = {}): ApplyUpdate {
    const repositories = overrides.hosts ? countCalls(connect(), overrides.hosts) : connect();
    const moved = new Map<string, TagUpdate>();
    const deps = {
      store,
      now: () => new Date(),
      freezes: readFreezes(overrides.now ?? (() => new Date())),
      newId: randomUUID,
      findEnvironment,
      hosts: unbounded.hosts,
      sleep: (ms: number) => sleep(ms),
      random: Math.random,
      instance: randomUUID(),
      // The push intent of a killed worker is reconciled at once.
      othersPushMs: 0,
      namedEnvironments: makeNamedEnvironments(),
      sendMoved: (one: TagUpdate) => Promise.resolve(moved.set(one.id, one)),
      ...overrides,
    };
    const apply = makeBranchDelivery(deps, repositories);
    /** The message of a moved tag is worked on next. */
    const applyAll: ApplyUpdate = async (one, options) => {
      const outcome = await apply(one, options);
      const next = outcome.kind === 'tag-moved' ? moved.get(outcome.to) : undefined;
      return next ? applyAll(next, options) : outcome;
    };
    return applyAll;
  }

  /** The updates that a push of this image asks for. */
  function updates(repository: string, tag: string, pushedAt = '2026-11-20T10:00:00.000Z'): TagUpdate[] {
    return routeImage(table ?? fail(), { registry: 'contoso.azurecr.io', repository, tag }, pushedAt).updates.map(
      ({ update }) => update,
    );
  }

  function update(repository: string, tag: string, pushedAt?: string): TagUpdate {
    return updates(repository, tag, pushedAt)[0] ?? fail();
  }

  /** What the timer does: the events that it logs. */
  async function poll(overrides: Partial<FollowAllDeps> = {}): Promise<string[]> {
    const events: string[] = [];
    await followPullRequests((_level, event) => events.push(event), {
      store,
      now: () => new Date(),
      freezes: readFreezes(overrides.now ?? (() => new Date())),
      newId: randomUUID,
      findEnvironment,
      repositories: connect(),
      sendMoved: () => Promise.reject(new Error('pull requests move no tag')),
      random: () => 0,
      ...overrides,
    });
    return events;
  }

  return {
    bare,
    rows,
    freezeStore,
    table,
    devops,
    gitHub,
    gitServer,
    gitHubToken: token,
    store,
    connectionString: storage.connectionString,
    findEnvironment,
    openRepositories: connect,
    connections: connectAll().connections,
    worker,
    update,
    updates,
    poll,
  };
}

function fail(): never {
  throw new Error('the routes of the test take no such image');
}
