import type { DevOpsEvent } from '../intake/devops-event.ts';
import { parseDevOpsMessage } from '../intake/devops-hook.ts';
import { formatImageReference } from '../model/image-reference.ts';
import type { Log } from '../model/log.ts';
import { malformedMessage } from '../work/parse-body.ts';
import type { JobContext, JobHandler } from '../work/worker.ts';
import { deliverRouted } from './deliver-routed.ts';
import type { DeliverRoutedDeps } from './deliver-routed.ts';
import { updatesOfBuild } from './updates-of-build.ts';
import type { UpdatesOfBuildDeps } from './updates-of-build.ts';

type BuildEvent = Extract<DevOpsEvent, { kind: 'build' }>;
type PushEvent = Extract<DevOpsEvent, { kind: 'push' }>;
type PullRequestEvent = Extract<DevOpsEvent, { kind: 'pull-request' }>;

export interface RouteDevOpsEventDeps extends DeliverRoutedDeps, UpdatesOfBuildDeps {
  /** The name by which routes have the collection of an event. */
  readonly collectionNamed: (collection: string) => Promise<string>;
  /** Follows a pull request; false if tagrelay did not open it. */
  readonly followPullRequest: (
    pullRequest: Pick<PullRequestEvent, 'collection' | 'number'>,
    log: Log,
  ) => Promise<boolean>;
  /** Reads routes documents after a push to their repository; false for another repository. */
  readonly refreshRoutes: (push: Pick<PushEvent, 'collection' | 'repository'>, log: Log) => Promise<boolean>;
}

/**
 * Jobs of the kind `devops-event`: delivers a tag update to each environment whose `build` names the build, follows a pull
 * request, or reads routes documents.
 */
export function makeRouteDevOpsEvent(deps: RouteDevOpsEventDeps): JobHandler {
  return { run: (body, context) => routeEvent(body, context, deps) };
}

async function routeEvent(body: unknown, context: JobContext, deps: RouteDevOpsEventDeps): Promise<void> {
  const event = parseDevOpsMessage(body);
  const { log } = context;
  switch (event.kind) {
    case 'malformed':
      throw malformedMessage('a service hook', event.problems);
    case 'ignored':
      return log('info', 'event-ignored', { reason: event.reason });
    case 'build':
      return routeBuildEvent({ ...event, build: await named(event.build, deps) }, context, deps);
    case 'pull-request': {
      const { eventId, number } = event;
      const isOurs = await deps.followPullRequest(await named(event, deps), log);
      return log('info', isOurs ? 'pull-request-followed' : 'pull-request-not-ours', {
        event: eventId,
        pullRequest: number,
      });
    }
    case 'push': {
      const isRead = await deps.refreshRoutes(event, log);
      return log('info', isRead ? 'routes-read' : 'event-ignored', { event: event.eventId, reason: 'push' });
    }
    default:
      return event satisfies never;
  }
}

async function named<T extends { readonly collection: string }>(thing: T, deps: RouteDevOpsEventDeps): Promise<T> {
  return { ...thing, collection: await deps.collectionNamed(thing.collection) };
}

async function routeBuildEvent(event: BuildEvent, context: JobContext, deps: RouteDevOpsEventDeps): Promise<void> {
  const { log } = context;
  const fields = { event: event.eventId, build: event.build.id };
  const found = await updatesOfBuild(event.build, deps);
  if (found.kind === 'ignored') {
    // Azure DevOps sent the sample of its button "Test", or the app may not read builds.
    const level = found.reason === 'build-not-found' ? 'warn' : 'info';
    return log(level, 'event-ignored', { ...fields, reason: found.reason });
  }
  for (const { route, environment, code, reason } of found.skipped) {
    log('info', 'not-taken', { ...fields, route, environment, code, reason });
  }
  for (const { image, reason } of found.absent) {
    log('info', 'image-not-there', { ...fields, image: formatImageReference(image), reason });
  }
  await deliverRouted({ updates: found.updates, origin: found.origin, fields }, context, deps);
}
