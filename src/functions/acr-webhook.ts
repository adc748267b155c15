import type { HttpHandler } from '@azure/functions';
import { parseAcrEvent } from '../lib/intake/acr-webhook.ts';
import { pushMessage } from '../lib/intake/push-message.ts';
import type { Clock } from '../lib/model/clock.ts';
import { formatImageReference } from '../lib/model/image-reference.ts';
import type { SendWork } from '../lib/work/send-work.ts';
import { readJson, wrongShape } from './http.ts';
import { logOf } from './log.ts';
import { ignoreEvent, storeEvent } from './store-event.ts';

/** `POST /api/webhooks/acr`: stores the event of a pushed image. */
export function makeAcrWebhook({ send, now }: { readonly send: SendWork; readonly now: Clock }): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const event = parseAcrEvent(body.json, now());
    if (event.kind === 'malformed') {
      return wrongShape('Invalid ACR webhook', 'The body does not have the documented shape.', event.problems);
    }
    if (event.kind === 'ignored') return ignoreEvent(event.reason, log);
    const fields = { event: event.eventId, image: formatImageReference(event.image) };
    const stored = {
      job: { kind: 'registry-event', body: pushMessage(event) } as const,
      fields,
      answer: { id: event.eventId },
    };
    return storeEvent(stored, send, log);
  };
}
