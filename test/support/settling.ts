import { randomUUID } from 'node:crypto';
import type { ArgoCdApi } from '../../src/lib/argocd/argocd-api.ts';
import { git } from '../../local/git.ts';
import type { WithEffects } from '../../src/lib/deployments/store.ts';
import type { Job } from '../../src/lib/work/envelope.ts';
import type { SendWork } from '../../src/lib/work/send-work.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { runEffects } from '../../src/lib/effects/run-effects.ts';
import { effectJobSchema, withEffects } from '../../src/lib/effects/effect-jobs.ts';
import { settleResult } from '../../src/lib/settling/settle-result.ts';
import { syncJobSchema } from '../../src/lib/settling/sync-job.ts';
import type { SettleResultDeps } from '../../src/lib/settling/settle-result.ts';
import { makeSettleEffect } from '../../src/lib/effects/settle-effect.ts';
import { makeSettling } from '../../src/lib/settling/settling.ts';
import type { Initiator, SyncResult } from '../../src/lib/intake/sync-result.ts';
import { followPullRequest } from '../../src/lib/delivery/propose/follow-pull-requests.ts';
import type { TagUpdate } from '../../src/lib/model/tag-update.ts';
import { deliveryBench } from './delivery.ts';
import type { DeliveryOptions } from './delivery.ts';
import { unknownArgoCd } from './unknown-argocd.ts';

export const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';

/** A sync result in few words. Times are minutes after `zero`. */
export interface Said {
  readonly application?: string;
  /** The compared revision. */
  readonly revision: string;
  readonly sync?: SyncResult['sync']['status'];
  readonly health?: SyncResult['health']['status'];
  readonly healthSince?: number;
  readonly operation?: {
    readonly revision?: string;
    readonly phase?: 'Running' | 'Succeeded' | 'Failed' | 'Error';
    readonly startedAt: number;
    readonly finishedAt?: number;
    readonly retryCount?: number;
    readonly retryLimit?: number;
    readonly startedBy?: Initiator;
  };
  readonly reconciledAt: number;
  readonly images?: readonly string[];
  readonly message?: string;
  /** A ComparisonError and the minute at which it began. */
  readonly error?: { readonly message: string; readonly since: number };
}

export const zero = Date.parse('2026-11-20T10:00:00.000Z');
const minutes = (count: number): string => new Date(zero + count * 60_000).toISOString();

export function syncResult(said: Said): SyncResult {
  const { application = 'argocd/shop-dev', operation } = said;
  const [namespace = '', name = ''] = application.split('/').slice(-2);
  return {
    kind: 'sync-result',
    application: { namespace, name },
    sources: [{ repoUrl: 'https://contoso@dev.azure.com/contoso/platform/_git/gitops', path: 'apps' }],
    sync: { status: said.sync ?? 'Synced', revisions: [said.revision] },
    health: {
      status: said.health ?? 'Healthy',
      ...(said.healthSince !== undefined && { lastTransitionTime: minutes(said.healthSince) }),
      degradedResources: [],
      degradedResourcesOmitted: 0,
    },
    ...(operation && {
      operation: {
        phase: operation.phase ?? 'Succeeded',
        message: said.message ?? '',
        startedAt: minutes(operation.startedAt),
        ...(operation.finishedAt !== undefined && { finishedAt: minutes(operation.finishedAt) }),
        revisions: [operation.revision ?? said.revision],
        ...(operation.retryCount !== undefined && { retryCount: operation.retryCount }),
        ...(operation.retryLimit !== undefined && { retryLimit: operation.retryLimit }),
        failedResources: [],
        failedResourcesOmitted: 0,
        ...(operation.startedBy && { startedBy: operation.startedBy }),
      },
    }),
    images: said.images ?? [],
    imagesOmitted: 0,
    conditions: said.error
      ? [{ type: 'ComparisonError', message: said.error.message, lastTransitionTime: minutes(said.error.since) }]
      : [],
    reconciledAt: minutes(said.reconciledAt),
  };
}

/** Synced to a revision by an operation, and healthy since. */
export function healthyAt(revision: string, startedAt: number, more: Partial<Said> = {}): SyncResult {
  const operation = { startedAt, finishedAt: startedAt + 1 };
  return syncResult({ revision, operation, reconciledAt: startedAt + 2, ...more });
}

/** Leaves effects to the jobs that the store queues. */
export const queueEffects: WithEffects = (_key, _log, work) => work();

/** Delivery and settling without a host: real storage, the emulator, a real repository; queues that the test works on. */
export async function settlingBench(
  options: DeliveryOptions,
  overrides: Partial<SettleResultDeps> = {},
  argoCd: Partial<ArgoCdApi> = {},
) {
  const bench = await deliveryBench(options);
  const clock = { minute: 60 };
  const now = (): Date => new Date(zero + clock.minute * 60_000);
  const waiting: (Job & { readonly at: number })[] = [];
  const send: SendWork = (job, { delaySeconds = 0 } = {}) => {
    const copy = JSON.parse(JSON.stringify(job)) as Job;
    waiting.push({ ...copy, at: clock.minute + delaySeconds / 60 });
    return Promise.resolve();
  };
  const store = withEffects(bench.store, { send, sleep: () => Promise.resolve() });
  const rows = makeTableRows({ AzureWebJobsStorage: bench.connectionString });
  const repositories = bench.openRepositories();
  const { findEnvironment } = bench;
  const delivery = {
    store,
    now,
    findEnvironment,
    newId: () => 'x',
    sleep: () => Promise.resolve(),
    random: () => 0,
    freezes: () => Promise.resolve({ freezes: [], readAt: now() }),
    sendMoved: () => Promise.reject(new Error('no registry is asked')),
  };
  const events: string[] = [];
  const settling = {
    ...makeSettling({
      rows,
      repositories,
      findEnvironment,
      collections: [],
      send,
      settleSoon: send,
      sendLater: (_key, job, delaySeconds) => send(job, { delaySeconds }),
      now,
      follow: (pullRequest, log) => followPullRequest(pullRequest, log, { ...delivery, repositories }),
      newId: randomUUID,
      sleep: (ms) => {
        clock.minute += ms / 60_000;
        return new Promise((resolve) => setImmediate(resolve));
      },
      argoCd: { ...unknownArgoCd, ...argoCd },
      routes: () => Promise.resolve(bench.table),
      log: (_level, event) => void events.push(event),
    }),
    ...overrides,
  };
  const log = (_level: string, event: string): void => void events.push(event);

  /** Works on everything that waits, and on what that makes wait, but not on what is for later. */
  async function work(): Promise<void> {
    for (;;) {
      await settling.refresher.idle();
      const at = waiting.findIndex((one) => one.at <= clock.minute);
      const [job] = at < 0 ? [] : waiting.splice(at, 1);
      if (!job) return;
      if (job.kind === 'sync-result') {
        await settleResult(syncJobSchema.parse(job.body), log, { ...settling, withEffects: queueEffects, store });
      } else {
        const steps = [makeSettleEffect({ ...settling, store: bench.store })];
        await runEffects(effectJobSchema.parse(job.body).updates, log, { store: bench.store, effects: steps });
      }
    }
  }

  const apply = bench.worker({ store, now });
  return {
    ...bench,
    store,
    settling,
    clock,
    waiting,
    events,
    now,
    send,
    work,
    apply,
    /** Delivers an image's tag: its record, and the commit. */
    deploy: async (repository: string, tag: string): Promise<TagUpdate & { readonly commit: string }> => {
      const update = bench.update(repository, tag);
      const outcome = await apply(update);
      if (outcome.kind !== 'committed') throw new Error(`${repository}:${tag} ended ${outcome.kind}`);
      return { ...update, commit: outcome.commit };
    },
    /** A notification arrives and is worked on. */
    hear: async (result: SyncResult, application?: string): Promise<void> => {
      const { namespace, name } = result.application;
      const body = { application: application ?? `${namespace}/${name}`, result, receivedAt: now().toISOString() };
      await send({ kind: 'sync-result', body });
      await work();
    },
    stateOf: async (update: TagUpdate) => (await bench.store.find(update))?.state,
    tip: async () => (await git(['rev-parse', 'main'], bench.bare)).trim(),
  };
}
