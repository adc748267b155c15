import { makeArgoCdApi } from '../lib/argocd/argocd-api.ts';
import type { ArgoCdApi } from '../lib/argocd/argocd-api.ts';
import { makePipelineCallback } from '../lib/gates/pipeline-callback.ts';
import type { PipelineCallback } from '../lib/gates/pipeline-callback.ts';
import { formatLogLine } from '../lib/model/log.ts';
import type { Log } from '../lib/model/log.ts';
import { HostShare } from '../lib/net/host-share.ts';
import type { Environment, Settings } from '../lib/settings/settings.ts';
import { makeBlobStore } from '../lib/storage/blob-store.ts';
import type { BlobStore } from '../lib/storage/blob-store.ts';
import { makeQueueService } from '../lib/storage/queues.ts';
import { makeSharedClock } from '../lib/storage/shared-clock.ts';
import { connectTable } from '../lib/storage/table-client.ts';
import { machine } from './machine.ts';
import type { Machine } from './machine.ts';
import { makeServices } from './services.ts';
import type { Services } from './services.ts';

/** The queues, the table and the blobs of a storage account. Each is opened on first use. */
export interface StorageAccount {
  readonly queues: ReturnType<typeof makeQueueService>;
  readonly table: () => ReturnType<typeof connectTable>;
  readonly blobs: BlobStore;
}

/** All that the app reaches outside its process. */
export interface Outside {
  readonly machine: Machine;
  readonly storage: StorageAccount;
  readonly services: Services;
  /** Bounds the work that waits for a silent host. */
  readonly hosts: HostShare;
  readonly argoCd: ArgoCdApi;
  /** Calls the tasks of gates back. */
  readonly pipelines: PipelineCallback;
  /** Of the process, for work without an invocation. */
  readonly log: Log;
}

/** A third of the 128 messages that the queue trigger of `host.json` processes at a time. */
export const placesOfSilentHost = 42;

export type Connect = (environment: Environment, settings: Settings, userAgent: string) => Outside;

const log: Log = (level, event, fields) => console[level](formatLogLine(event, fields));

/** Connects to the storage account, the Git hosts, the registries and the instances of Argo CD by the settings. */
export const connect: Connect = (environment, settings, userAgent) => {
  // It measures durations, so no correction of the clock changes them.
  const hosts = new HostShare(placesOfSilentHost, machine.now);
  const clock = makeSharedClock(machine.now, (offsetMs) =>
    log('warn', 'clock-corrected', { seconds: Math.round(offsetMs / 1000) }),
  );
  return {
    // Instances compare times that others have stored, so each takes its time from the storage that they share.
    machine: { ...machine, now: clock.now },
    storage: {
      queues: makeQueueService(environment),
      table: () => connectTable(environment, { clock }),
      blobs: makeBlobStore(environment),
    },
    services: makeServices(settings, { userAgent, hosts }),
    hosts,
    argoCd: makeArgoCdApi({ instances: settings.argoCdInstances, now: clock.now }),
    pipelines: makePipelineCallback({ hosts: settings, userAgent, now: clock.now }),
    log,
  };
};
