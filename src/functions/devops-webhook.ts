import type { HttpHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import type { SendMessage } from '../lib/storage/queues.ts';
import { Failure } from '../lib/model/failure.ts';
import { parseDevOpsHook } from '../lib/intake/devops-hook.ts';
import { readJson, unavailable, wrongShape } from './http.ts';
import { logOf } from './log.ts';

/** How long Azure DevOps waits is not documented: no longer than a registry. */
const storeTimeoutMs = 4_000;

/**
 * `POST /api/webhooks/azure-devops`: stores what a service hook is reduced to. Never 404, 410 or 500, by which Azure DevOps
 * would restrict or disable the subscription; after 503 it sends again.
 */
export function makeDevOpsWebhook({ send }: { readonly send: SendMessage }): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const event = parseDevOpsHook(body.json);
    if (event.kind === 'malformed') {
      return wrongShape('Not a service hook', 'The body is not of the documented shape.', event.problems);
    }
    if (event.kind === 'ignored') {
      log('info', 'event-ignored', { reason: event.reason });
      return { status: 200, jsonBody: { ignored: event.reason } };
    }
    try {
      await send(queueNames.devOpsEvents, event, { timeoutMs: storeTimeoutMs });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('error', 'event-not-stored', { event: event.eventId, code: error.code, reason: error.message });
      return unavailable('The event could not be stored. Send it again.');
    }
    log('info', 'event-queued', { event: event.eventId, kind: event.kind });
    return { status: 202, jsonBody: { id: event.eventId } };
  };
}
