import type { Clock } from '../lib/model/clock.ts';
import type { HttpHandler } from '@azure/functions';
import { queueNames } from '../lib/storage/queues.ts';
import type { SendMessage } from '../lib/storage/queues.ts';
import { Failure } from '../lib/model/failure.ts';
import { formatImageReference } from '../lib/model/image-reference.ts';
import { parseAcrEvent } from '../lib/intake/acr-webhook.ts';
import { pushMessage } from '../lib/intake/push-message.ts';
import { readJson, unavailable, wrongShape } from './http.ts';
import { logOf } from './log.ts';

/** ACR waits 5 s for an answer and asks once. */
const storeTimeoutMs = 4_000;

/** `POST /api/webhooks/acr`: stores a pushed image's event, and answers only for what is stored. */
export function makeAcrWebhook({ send, now }: { readonly send: SendMessage; readonly now: Clock }): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const event = parseAcrEvent(body.json, now());
    if (event.kind === 'malformed') {
      return wrongShape('Not an ACR webhook', 'The body is not of the documented shape.', event.problems);
    }
    if (event.kind === 'ignored') {
      log('info', 'event-ignored', { reason: event.reason });
      return { status: 200, jsonBody: { ignored: event.reason } };
    }
    try {
      await send(queueNames.registryEvents, pushMessage(event), { timeoutMs: storeTimeoutMs });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('error', 'event-not-stored', { event: event.eventId, code: error.code, reason: error.message });
      return unavailable('The event could not be stored. Send it again.');
    }
    log('info', 'event-queued', { event: event.eventId, image: formatImageReference(event.image) });
    return { status: 202, jsonBody: { id: event.eventId } };
  };
}
