import type { HttpHandler } from '@azure/functions';
import { isSignedBy, parseGitHubPush } from '../lib/intake/github-push.ts';
import { tryParseJson } from '../lib/model/json.ts';
import type { SendWork } from '../lib/work/send-work.ts';
import { problem, wrongShape } from './http.ts';
import { logOf } from './log.ts';
import { ignoreEvent, storeEvent } from './store-event.ts';

export interface GitHubWebhookDeps {
  readonly send: SendWork;
  /** The setting `GITHUB_WEBHOOK_SECRET`: the current secret and older ones. */
  readonly secrets: readonly string[];
  /** Whether routes documents are read from Git. */
  readonly takesPushes: boolean;
}

/** A push of very many commits is larger; the clock reads its documents within a minute. */
const maxBodyBytes = 1024 * 1024;

/** `POST /api/webhooks/github`: stores a push to a repository that can have routes documents. The signature is checked first. */
export function makeGitHubWebhook({ send, secrets, takesPushes }: GitHubWebhookDeps): HttpHandler {
  return async (request, context) => {
    const log = logOf(context);
    if (secrets.length === 0) {
      return problem(403, 'No webhook secret', 'GITHUB_WEBHOOK_SECRET is not set, so no signature can be checked.');
    }
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > maxBodyBytes) {
      return problem(
        413,
        'Body too large',
        `The body has ${bytes.byteLength} bytes; expected at most ${maxBodyBytes}.`,
      );
    }
    if (!isSignedBy(bytes, request.headers.get('x-hub-signature-256'), secrets)) {
      log('warn', 'signature-wrong');
      return problem(403, 'Wrong signature', 'No secret in GITHUB_WEBHOOK_SECRET gives the signature of the body.');
    }
    const event = request.headers.get('x-github-event') ?? '';
    if (event !== 'push') return ignoreEvent(event === 'ping' ? 'ping' : 'other-event', log);
    if (!takesPushes) return ignoreEvent('push', log);
    const eventId = (request.headers.get('x-github-delivery') ?? '').slice(0, 200);
    const parsed = parseGitHubPush(tryParseJson(new TextDecoder().decode(bytes)), eventId);
    if (parsed.kind === 'malformed') {
      const detail =
        'The body does not have the documented shape; the content type of the webhook is application/json.';
      return wrongShape('Invalid push', detail, parsed.problems);
    }
    if (parsed.kind === 'ignored') return ignoreEvent(parsed.reason, log);
    const stored = {
      job: { kind: 'git-push', body: parsed.push } as const,
      fields: { event: eventId, kind: 'push' },
      answer: { id: eventId },
    };
    return storeEvent(stored, send, log);
  };
}
