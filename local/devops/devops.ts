import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BuildBook } from './builds/build-book.ts';
import { FaultPlan } from './faults/fault-plan.ts';
import type { HookWaits } from './hooks/notification.ts';
import { makePublisher } from './hooks/publisher.ts';
import { makePipeline } from './pipeline/pipeline.ts';
import type { Pipeline } from './pipeline/pipeline.ts';
import { notePush } from './pull-requests/note-push.ts';
import type { DeniedPermission } from './security/permissions.ts';
import { createRequestListener } from './request-listener.ts';
import type { RecordedRequest } from './request-listener.ts';
import { makeIdentity } from './server/identity.ts';
import type { IdentityOptions } from './server/identity.ts';
import type { ReceivedRequest } from './server/received-request.ts';
import { Platform } from './server/platform.ts';
import type { HostedRepository, PushEvent, RepositoryOptions } from './server/platform.ts';

/** Requests that are remembered, newest last; older ones are forgotten. */
const maxRecorded = 10_000;

export interface DevOpsOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly repositories: readonly RepositoryOptions[];
  /** Personal access tokens and bearer tokens that are let in. */
  readonly tokens: readonly string[];
  /** Branch that `HEAD` of a repository names which is created here; `main` without. */
  readonly defaultBranch?: string;
  /** People and groups besides the one user behind every token; they can be reviewers. */
  readonly identities?: readonly IdentityOptions[];
  /** Permissions that the one user lacks; without it, the user has all. */
  readonly denied?: readonly DeniedPermission[];
  readonly now?: () => Date;
  /** How long service hooks wait before they try again; as the service where it is left out. */
  readonly hookWaits?: Partial<HookWaits>;
  /** Gets one line per fault of the emulator itself. */
  readonly log?: (line: string) => void;
  /** Gets every push, whether by REST or by a Git client, after it has landed. */
  readonly onPush?: (event: PushEvent) => void;
  /** Gets every request before it is answered. */
  readonly onRequest?: (request: ReceivedRequest) => void;
}

export interface DevOps {
  /** `http://127.0.0.1:port`; an organization's URL is this with `/{organization}`. */
  readonly url: string;
  readonly faults: FaultPlan;
  /** The builds of all organizations: start one, move its stages on, end it. */
  readonly builds: BuildBook;
  /** Runs agentless tasks, as pipelines do. */
  readonly pipeline: Pipeline;
  /** The requests that were answered or dropped, oldest first. */
  readonly requests: readonly RecordedRequest[];
  addRepository(options: RepositoryOptions): Promise<HostedRepository>;
  close(): Promise<void>;
}

/**
 * Starts an emulator of Azure DevOps on 127.0.0.1, on real bare Git repositories. Its answers are those of the "Azure
 * DevOps REST reference" (7.1); any Git client can clone and push beside it.
 */
export async function startDevOps(options: DevOpsOptions): Promise<DevOps> {
  const { now = () => new Date(), log = () => undefined, onPush = () => undefined } = options;
  // The push has landed whether or not a listener fails, so its client gets success.
  const publisher = makePublisher(() => platform, log);
  const announce = (event: PushEvent): void => {
    notePush(platform, event);
    publisher.pushed(event);
    try {
      onPush(event);
    } catch (error) {
      log(`A listener failed on push ${event.pushId} to ${event.repository.name}: ${String(error)}`);
    }
  };
  const platform = new Platform({
    defaultBranch: options.defaultBranch ?? 'main',
    now,
    identities: (options.identities ?? []).map(makeIdentity),
    events: {
      onPush: announce,
      onPullRequest: publisher.changed,
      onRun: publisher.ran,
      onStage: publisher.moved,
    },
    ...(options.denied === undefined ? {} : { denied: options.denied }),
    ...(options.hookWaits === undefined ? {} : { hookWaits: options.hookWaits }),
  });
  const faults = new FaultPlan();
  const requests: RecordedRequest[] = [];
  const record = (request: RecordedRequest): void => {
    requests.push(request);
    if (requests.length > maxRecorded) requests.shift();
  };
  const { tokens, onRequest } = options;
  const server = createServer(
    createRequestListener({ platform, faults, tokens, record, log, ...(onRequest === undefined ? {} : { onRequest }) }),
  );
  // As long as the service's own; Node's 5 s end connections that clients are about to use again.
  server.keepAliveTimeout = 130_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  platform.baseUrl = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    faults.close();
    await closed;
    await platform.close();
  };
  try {
    for (const repository of options.repositories) await platform.addRepository(repository);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: platform.baseUrl,
    faults,
    builds: platform.builds,
    pipeline: makePipeline(platform),
    requests,
    addRepository: (repository) => platform.addRepository(repository),
    close,
  };
}
