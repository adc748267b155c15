import { parseRegistryEvent } from '../intake/registry-event.ts';
import type { MissedPushes } from '../deployments/missed-pushes.ts';
import { formatImageReference } from '../model/image-reference.ts';
import { requireComplete } from '../routes/require-complete.ts';
import type { RouteTable } from '../routes/route.ts';
import { malformedMessage } from '../work/parse-body.ts';
import type { SendWork } from '../work/send-work.ts';
import type { JobContext, JobHandler } from '../work/worker.ts';
import { deliverRouted } from './deliver-routed.ts';
import type { DeliverRoutedDeps } from './deliver-routed.ts';
import { causeOfEvent } from './reconcile/event-id.ts';
import { missedByRoutes } from './missed-push.ts';
import { routeImage } from './plan/route-image.ts';

export interface RouteRegistryEventDeps extends DeliverRoutedDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly send: SendWork;
  readonly missed: Pick<MissedPushes, 'note'>;
}

/** Jobs of the kind `registry-event`: delivers a tag update to each environment that takes the image. */
export function makeRouteRegistryEvent(deps: RouteRegistryEventDeps): JobHandler {
  return { run: (body, context) => routeEvent(body, context, deps) };
}

async function routeEvent(body: unknown, context: JobContext, deps: RouteRegistryEventDeps): Promise<void> {
  const { log } = context;
  // Event Grid can put several events into one message.
  if (Array.isArray(body)) {
    for (const one of body) await deps.send({ kind: 'registry-event', body: one });
    return;
  }
  const event = parseRegistryEvent(body, deps.now());
  if (event.kind === 'malformed') throw malformedMessage('a registry event', event.problems);
  if (event.kind === 'ignored') return log('info', 'event-ignored', { reason: event.reason });

  const fields = { event: event.eventId };
  const table = await deps.routes();
  const routing = routeImage(table, event.image, event.pushedAt, causeOfEvent(event.eventId), event.artifact);
  const { route, updates, refused } = routing;
  if (!route) requireComplete(table);
  for (const missed of missedByRoutes(event, routing, table)) await deps.missed.note(missed);
  if (!route) return log('info', 'no-route', { ...fields, image: formatImageReference(event.image) });
  for (const { environment, code, reason } of refused) {
    log('info', 'not-taken', { ...fields, route: route.name, environment, code, reason });
  }
  await deliverRouted({ updates, fields }, context, deps);
}
