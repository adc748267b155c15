import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import { recordQueued } from '../lib/deployments/record-outcome.ts';
import type { DeploymentStore } from '../lib/deployments/store.ts';
import { Failure } from '../lib/model/failure.ts';
import { formatImageReference } from '../lib/model/image-reference.ts';
import type { DevOpsEvent } from '../lib/intake/devops-event.ts';
import { parseDevOpsMessage } from '../lib/intake/devops-hook.ts';
import type { Log } from '../lib/model/log.ts';
import { updatesOfBuild } from '../lib/delivery/updates-of-build.ts';
import type { UpdatesOfBuildDeps } from '../lib/delivery/updates-of-build.ts';
import { workOnMessage } from '../lib/work/queue-work.ts';
import type { QueueWorkDeps } from '../lib/work/queue-work.ts';
import { logOf } from './log.ts';

type BuildEvent = Extract<DevOpsEvent, { kind: 'build' }>;
type PullRequestEvent = Extract<DevOpsEvent, { kind: 'pull-request' }>;

export interface RouteDevOpsEventDeps extends QueueWorkDeps, UpdatesOfBuildDeps {
  readonly store: DeploymentStore;
  /** The name that routes have for the collection that an event names. */
  readonly collectionNamed: (collection: string) => string;
  /** Follows a pull request; false if tagrelay did not open it. */
  readonly followPullRequest: (
    pullRequest: Pick<PullRequestEvent, 'collection' | 'number'>,
    log: Log,
  ) => Promise<boolean>;
}

/** Queue `devops-events`: one tag update for each environment whose `build` names the build or follows a pull request. */
export function makeRouteDevOpsEvent(deps: RouteDevOpsEventDeps): StorageQueueHandler {
  return async (message, context) => {
    const log = logOf(context);
    const run = (body: unknown): Promise<void> => routeEvent(body, log, deps);
    await workOnMessage(message, { queue: queueNames.devOpsEvents, run }, log, deps);
  };
}

async function routeEvent(body: unknown, log: Log, deps: RouteDevOpsEventDeps): Promise<void> {
  const event = parseDevOpsMessage(body);
  switch (event.kind) {
    case 'malformed': {
      const fields = event.problems.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
      throw new Failure('message-malformed', `The message is not a service hook: ${fields}`);
    }
    case 'ignored':
      return log('info', 'event-ignored', { reason: event.reason });
    case 'build':
      return routeBuildEvent({ ...event, build: named(event.build, deps) }, log, deps);
    case 'pull-request': {
      const { eventId, number } = event;
      const isOurs = await deps.followPullRequest(named(event, deps), log);
      return log('info', isOurs ? 'pull-request-followed' : 'pull-request-not-ours', {
        event: eventId,
        pullRequest: number,
      });
    }
    default:
      return event satisfies never;
  }
}

function named<T extends { readonly collection: string }>(thing: T, deps: RouteDevOpsEventDeps): T {
  return { ...thing, collection: deps.collectionNamed(thing.collection) };
}

async function routeBuildEvent(event: BuildEvent, log: Log, deps: RouteDevOpsEventDeps): Promise<void> {
  const { send, store, now } = deps;
  const fields = { event: event.eventId, build: event.build.id };
  const found = await updatesOfBuild(event.build, deps);
  if (found.kind === 'ignored') {
    // A sample of the button "Test", or the app may not read builds.
    const level = found.reason === 'build-not-found' ? 'warn' : 'info';
    return log(level, 'event-ignored', { ...fields, reason: found.reason });
  }
  for (const { route, environment, code, reason } of found.skipped) {
    log('info', 'not-taken', { ...fields, route, environment, code, reason });
  }
  for (const { image, reason } of found.absent) {
    log('info', 'image-not-there', { ...fields, image: formatImageReference(image), reason });
  }
  for (const { update, repository } of found.updates) {
    const queued = await recordQueued(update, repository, store, now(), found.origin);
    await send(queueNames.tagUpdates, queued);
    log('info', 'routed', { ...fields, route: update.route, environment: update.environment, update: update.id });
  }
}
