import { createHash, randomUUID } from 'node:crypto';
import { composeApp } from '../../src/app/compose.ts';
import { placesOfSilentHost } from '../../src/app/outside.ts';
import type { Outside } from '../../src/app/outside.ts';
import { HostShare } from '../../src/lib/net/host-share.ts';
import { recordsPartition } from '../../src/lib/deployments/record-rows.ts';
import type { SyncResult } from '../../src/lib/intake/sync-result.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { parseRepositoryUrl } from '../../src/lib/net/repository-url.ts';
import { toProperties } from '../../src/lib/storage/stored-value.ts';
import { queueNames } from '../../src/lib/storage/queues.ts';
import { envelopeOf } from '../../src/lib/work/envelope.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import { MemoryBlobs } from '../../test/support/memory/memory-blobs.ts';
import { MemoryGit } from '../../test/support/memory/memory-git.ts';
import { MemoryPullRequests } from '../../test/support/memory/memory-pull-requests.ts';
import { MemoryQueues } from '../../test/support/memory/memory-queues.ts';
import { MemoryRegistry } from '../../test/support/memory/memory-registry.ts';
import { makeMemoryRepository } from '../../test/support/memory/memory-repository.ts';
import { MemoryTable } from '../../test/support/memory/memory-table.ts';
import { atOnce } from '../../test/support/memory/turn.ts';
import type { Turn } from '../../test/support/memory/turn.ts';
import { unknownArgoCd } from '../../test/support/unknown-argocd.ts';
import { rowsOf } from '../support/rows-of.ts';

export const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';

/** Calls to the outside, by name. */
export interface Calls {
  readonly storage: readonly string[];
  readonly git: readonly string[];
  readonly registry: readonly string[];
  readonly statuses: number;
}

export interface StageOptions {
  readonly routes: string;
  readonly files: Readonly<Record<string, string>>;
  readonly records: readonly Deployment[];
  readonly start: Date;
}

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Notes the name of each call. */
function counted(names: string[]): Turn {
  return (name, act) => {
    names.push(name);
    return atOnce(name, act);
  };
}

const noGate = (): never => {
  throw new Error('the bench has no gates');
};

/** One process of the app whose calls are counted: queues, rows, the repository and the registry are in memory. */
export function startStage({ routes, files, records, start }: StageOptions) {
  const time = { now: start.getTime() };
  const now = (): Date => new Date(time.now);
  const git = new MemoryGit(now);
  git.commitOn('main', files, 'first');
  const [table, queues, blobs, registry] = [
    new MemoryTable(now),
    new MemoryQueues(now),
    new MemoryBlobs(),
    new MemoryRegistry(now),
  ];
  const rows = rowsOf(records);
  table.insert(
    rows.map(({ rowKey, value = {}, columns }) =>
      Object.assign({ partitionKey: recordsPartition, rowKey }, toProperties(value, columns)),
    ),
  );
  const counts = { storage: [] as string[], git: [] as string[], registry: [] as string[], statuses: [] as string[] };
  const storage = counted(counts.storage);
  const address = parseRepositoryUrl(repository, []);
  const status = () => counted(counts.statuses)('status', () => undefined);
  const opened = {
    key: 'problem' in address ? '' : address.key,
    repository: makeMemoryRepository(git, counted(counts.git)),
    pullRequests: new MemoryPullRequests(git, repository, now).client(counted(counts.git)),
    statuses: { postToCommit: status, postToPullRequest: status },
  };
  const outside: Outside = {
    machine: {
      now,
      sleep: () => Promise.resolve(),
      random: Math.random,
      newId: () => randomUUID().replaceAll('-', ''),
    },
    storage: {
      table: () => Promise.resolve(table.client(storage)),
      queues: () => Promise.resolve(queues.client(storage)),
      blobs: blobs.client(storage),
    },
    services: {
      connections: () => {
        throw new Error('the bench has no Azure DevOps');
      },
      repositories: { open: () => opened },
      registry: registry.client(counted(counts.registry)),
    },
    hosts: new HostShare(placesOfSilentHost, now),
    argoCd: unknownArgoCd,
    pipelines: { appendLines: noGate, uploadLog: noGate, complete: noGate },
    log: () => undefined,
  };
  const environment = {
    ROUTES: routes,
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    RETENTION: 'off',
    RECONCILE_SCHEDULE: 'off',
  };
  const app = composeApp(environment, () => outside);

  /** The calls of some work. */
  async function callsOf(work: () => Promise<unknown>): Promise<Calls> {
    for (const names of Object.values(counts)) names.length = 0;
    await work();
    const { storage: ofStorage, git: ofGit, registry: ofRegistry, statuses } = counts;
    return { storage: [...ofStorage], git: [...ofGit], registry: [...ofRegistry], statuses: statuses.length };
  }

  /** Works on the messages that can be seen, at most as many at a time as the host takes. @returns how many */
  async function work(atATime = 1, most = Infinity): Promise<number> {
    let worked = 0;
    while (worked < most) {
      const visible = [...queues.messages.values()].filter(
        ({ queue, visibleAt }) => queue === queueNames.work && visibleAt <= time.now,
      );
      if (visible.length === 0) return worked;
      const taken = visible.slice(0, atATime);
      worked += taken.length;
      for (const message of taken) queues.remove(message.id);
      await Promise.all(taken.map(({ text }) => app.worker.process(text, () => undefined, 1)));
    }
    return worked;
  }

  return {
    time,
    git,
    table,
    queues,
    app,
    callsOf,
    work,
    send: (job: Job): void =>
      void queues.send(queueNames.work, Buffer.from(JSON.stringify(envelopeOf(job))).toString('base64')),
    push(route: string, tag: string): void {
      const digest = digestOf(`${route} ${tag}`);
      registry.push(route, tag, digest);
      const body = {
        id: randomUUID(),
        timestamp: now().toISOString(),
        action: 'push',
        target: { digest, repository: route, tag },
        request: { host: 'contoso.azurecr.io' },
      };
      this.send({ kind: 'registry-event', body });
    },
    /** Argo CD shows the application healthy at the tip. */
    healthy(application: string, path: string): void {
      const tip = git.branches.get('main') ?? '';
      const at = now().toISOString();
      const [namespace = '', name = ''] = application.split('/');
      const result: SyncResult = {
        kind: 'sync-result',
        application: { namespace, name },
        sources: [{ repoUrl: repository, path }],
        sync: { status: 'Synced', revisions: [tip] },
        health: { status: 'Healthy', lastTransitionTime: at, degradedResources: [], degradedResourcesOmitted: 0 },
        operation: {
          phase: 'Succeeded',
          message: '',
          startedAt: at,
          finishedAt: at,
          revisions: [tip],
          failedResources: [],
          failedResourcesOmitted: 0,
        },
        images: [],
        imagesOmitted: 0,
        conditions: [],
        reconciledAt: at,
      };
      this.send({ kind: 'sync-result', body: { application, result, receivedAt: at } });
    },
  };
}
