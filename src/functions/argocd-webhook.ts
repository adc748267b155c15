import type { Clock } from '../lib/model/clock.ts';
import type { HttpHandler } from '@azure/functions';
import type { ArgoCdCaller } from '../lib/argocd/identify-instance.ts';
import type { PromptJob, StartPromptJob } from '../lib/work/prompt-jobs.ts';
import type { SyncJob } from '../lib/settling/sync-job.ts';
import { parseSyncResult } from '../lib/intake/parse-sync-result.ts';
import { problem, readJson, wrongShape } from './http.ts';
import { logOf } from './log.ts';
import { ignoreEvent, storeEvent } from './store-event.ts';

export interface ArgoCdWebhookDeps {
  readonly start: StartPromptJob;
  readonly now: Clock;
  /** Finds the instance that has a secret. */
  readonly identify: (secret: string | null) => ArgoCdCaller;
}

export const secretHeader = 'x-tagrelay-secret';
/** A queue message holds 48 KiB, with the fields that a retry adds. */
const maxMessageBytes = 48 * 1024 - 1024;
/** Argo CD waits 5 s for an answer, and sends no other notification meanwhile. */
const answerMs = 3_000;

/**
 * `POST /api/webhooks/argocd`: stores the state that Argo CD reports of an application, and processes it at once. A
 * job that takes longer than the answer goes on in the process.
 */
export function makeArgoCdWebhook({ start, now, identify }: ArgoCdWebhookDeps): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    const caller = identify(request.headers.get(secretHeader));
    if (caller === 'unknown') {
      log('warn', 'secret-unknown');
      return problem(
        403,
        'Unknown Argo CD instance',
        `No instance in ARGOCD_SECRETS has the secret in the header ${secretHeader}.`,
      );
    }
    const body = await readJson(request);
    if ('response' in body) return body.response;
    const receivedAt = now();
    const result = parseSyncResult(body.json, receivedAt);
    if (result.kind === 'malformed') {
      return wrongShape(
        'Invalid sync result',
        'The body does not have the shape that the shipped template renders.',
        result.problems,
      );
    }
    if (result.kind === 'ignored') return ignoreEvent(result.reason, log);
    const { namespace, name } = result.application;
    const application = [caller.instance, namespace, name].filter((part) => part !== undefined).join('/');
    const job: SyncJob = { application, result, receivedAt: receivedAt.toISOString() };
    const size = Buffer.byteLength(JSON.stringify(job));
    if (size > maxMessageBytes) {
      return problem(400, 'Sync result too large', `It takes ${size} bytes; expected at most ${maxMessageBytes}.`);
    }
    const fields = { application };
    let started: PromptJob | undefined;
    const event = { job: { kind: 'sync-result', body: job } as const, fields, answer: fields };
    const answer = await storeEvent(
      event,
      async (stored, options) => void (started = await start(stored, { ...options, log })),
      log,
    );
    await started?.endsWithin(answerMs - (now().getTime() - receivedAt.getTime()));
    return answer;
  };
}
