import type { Clock } from '../lib/model/clock.ts';
import type { HttpHandler } from '@azure/functions';
import type { ArgoCdCaller } from '../lib/argocd/argocd-secrets.ts';
import { queueNames } from '../lib/storage/queues.ts';
import type { SendMessage } from '../lib/storage/queues.ts';
import type { SyncJob } from '../lib/settling/settle-result.ts';
import { Failure } from '../lib/model/failure.ts';
import { parseSyncResult } from '../lib/intake/sync-result.ts';
import { problem, readJson, unavailable, wrongShape } from './http.ts';
import { logOf } from './log.ts';

export interface ArgoCdWebhookDeps {
  readonly send: SendMessage;
  readonly now: Clock;
  /** Whose secret it is. */
  readonly identify: (secret: string | null) => ArgoCdCaller;
}

export const secretHeader = 'x-tagrelay-secret';
/** Argo CD has one worker for all notifications, and waits for an answer without a limit. */
const storeTimeoutMs = 4_000;
/** A queue message holds 48 KiB, with what is added when it is sent again. */
const maxMessageBytes = 48 * 1024 - 1024;

/** `POST /api/webhooks/argocd`: stores what Argo CD says of an application, and answers only for what is stored. */
export function makeArgoCdWebhook({ send, now, identify }: ArgoCdWebhookDeps): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    const caller = identify(request.headers.get(secretHeader));
    if (caller === 'unknown') {
      log('warn', 'secret-unknown');
      return problem(
        403,
        'Unknown instance of Argo CD',
        `No instance in ARGOCD_SECRETS has the secret in the header ${secretHeader}.`,
      );
    }
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const receivedAt = now();
    const result = parseSyncResult(body.json, receivedAt);
    if (result.kind === 'malformed') {
      return wrongShape('Not a sync result', 'The body is not what the shipped template renders.', result.problems);
    }
    if (result.kind === 'ignored') {
      log('info', 'event-ignored', { reason: result.reason });
      return { status: 200, jsonBody: { ignored: result.reason } };
    }
    const { namespace, name } = result.application;
    const application = [caller.instance, namespace, name].filter((part) => part !== undefined).join('/');
    const job: SyncJob = { application, result, receivedAt: receivedAt.toISOString() };
    const size = Buffer.byteLength(JSON.stringify(job));
    if (size > maxMessageBytes) {
      return problem(400, 'Sync result too large', `It takes ${size} bytes; expected at most ${maxMessageBytes}.`);
    }
    try {
      await send(queueNames.syncResults, job, { timeoutMs: storeTimeoutMs });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('error', 'event-not-stored', { application, code: error.code, reason: error.message });
      return unavailable('The sync result could not be stored. Send it again.');
    }
    log('info', 'event-queued', { application });
    return { status: 202, jsonBody: { application } };
  };
}
