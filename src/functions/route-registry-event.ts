import type { StorageQueueHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import { Failure } from '../lib/model/failure.ts';
import { formatImageReference } from '../lib/model/image-reference.ts';
import { parseRegistryEvent } from '../lib/intake/registry-event.ts';
import { recordQueued } from '../lib/deployments/record-outcome.ts';
import type { DeploymentStore } from '../lib/deployments/store.ts';
import type { Log } from '../lib/model/log.ts';
import type { RouteTable } from '../lib/routes/route.ts';
import { causeOfEvent } from '../lib/delivery/reconcile/event-id.ts';
import { routeImage } from '../lib/delivery/plan/route-image.ts';
import { workOnMessage } from '../lib/work/queue-work.ts';
import type { QueueWorkDeps } from '../lib/work/queue-work.ts';
import { logOf } from './log.ts';

export interface RouteRegistryEventDeps extends QueueWorkDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly store: DeploymentStore;
}

/** Queue `registry-events`: one tag update for each environment that takes the image. */
export function makeRouteRegistryEvent(deps: RouteRegistryEventDeps): StorageQueueHandler {
  return async (message, context) => {
    const log = logOf(context);
    await workOnMessage(
      message,
      { queue: queueNames.registryEvents, run: (body) => routeEvent(body, log, deps) },
      log,
      deps,
    );
  };
}

async function routeEvent(
  body: unknown,
  log: Log,
  { routes, send, store, now }: RouteRegistryEventDeps,
): Promise<void> {
  // Event Grid can put several events into one message.
  if (Array.isArray(body)) {
    for (const one of body) await send(queueNames.registryEvents, one);
    return;
  }
  const event = parseRegistryEvent(body, now());
  if (event.kind === 'malformed') {
    const fields = event.problems.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
    throw new Failure('message-malformed', `The message is not a registry event: ${fields}`);
  }
  if (event.kind === 'ignored') return log('info', 'event-ignored', { reason: event.reason });

  const image = formatImageReference(event.image);
  const { route, updates, refused } = routeImage(
    await routes(),
    event.image,
    event.pushedAt,
    causeOfEvent(event.eventId),
  );
  if (!route) return log('info', 'no-route', { event: event.eventId, image });
  for (const { environment, code, reason } of refused) {
    log('info', 'not-taken', { event: event.eventId, route: route.name, environment, code, reason });
  }
  for (const { update, repository } of updates) {
    const queued = await recordQueued(update, repository, store, now());
    await send(queueNames.tagUpdates, queued);
    log('info', 'routed', {
      event: event.eventId,
      route: update.route,
      environment: update.environment,
      update: update.id,
    });
  }
}
