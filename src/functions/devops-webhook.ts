import type { HttpHandler } from '@azure/functions';
import { parseDevOpsHook } from '../lib/intake/devops-hook.ts';
import type { SendWork } from '../lib/work/send-work.ts';
import { readJson, wrongShape } from './http.ts';
import { logOf } from './log.ts';
import { ignoreEvent, storeEvent } from './store-event.ts';

export interface DevOpsWebhookDeps {
  readonly send: SendWork;
  /** Whether routes documents are read from Git. */
  readonly takesPushes: boolean;
}

/**
 * `POST /api/webhooks/azure-devops`: stores the fields of a service hook that the app uses. It never answers 404, 410 or
 * 500: Azure DevOps would restrict or disable the subscription. After 503 Azure DevOps sends the event again.
 */
export function makeDevOpsWebhook({ send, takesPushes }: DevOpsWebhookDeps): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const event = parseDevOpsHook(body.json);
    if (event.kind === 'malformed') {
      return wrongShape('Invalid service hook', 'The body does not have the documented shape.', event.problems);
    }
    if (event.kind === 'ignored') return ignoreEvent(event.reason, log);
    if (event.kind === 'push' && !takesPushes) return ignoreEvent('push', log);
    const { eventId, kind } = event;
    const stored = {
      job: { kind: 'devops-event', body: event } as const,
      fields: { event: eventId, kind },
      answer: { id: eventId },
    };
    return storeEvent(stored, send, log);
  };
}
