import { z } from 'zod';
import type { ArgoCdAccess } from './read-instances.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import { retryAfterSeconds } from '../net/retry-after.ts';
import { AnswerTooLarge, mebibytes, send } from '../net/send.ts';
import type { HttpAnswer } from '../net/send.ts';
import { tryParseJson } from '../model/json.ts';
import { oneLine } from '../model/one-line.ts';

export interface ArgoCdHttpDeps {
  readonly now: Clock;
  /** Time limit of one request, in milliseconds. */
  readonly timeoutMs?: number;
  /** The largest accepted answer, in bytes. */
  readonly maxBytes?: number;
}

/** The default of `maxBytes`; the tree of a large application has thousands of nodes. */
export const maxAnswerBytes = 16 * 1024 * 1024;

const defaultTimeoutMs = 10_000;

/**
 * Calls Argo CD's API, without following redirects.
 *
 * @param path below `/api/v1/`, with its query
 * @param subject the application, for messages
 * @param syncRequest the body of a sync; absent for a read
 * @throws {Failure} `argocd-unavailable`, `argocd-sign-in-failed`, `argocd-permission-denied`,
 *   `argocd-application-not-found`, `throttled`, `answer-not-understood`; of a sync also `argocd-sync-refused`,
 *   `argocd-operation-running`
 */
export async function askArgoCd(
  { url, publicUrl, token }: ArgoCdAccess,
  path: string,
  subject: string,
  { now, timeoutMs = defaultTimeoutMs, maxBytes = maxAnswerBytes }: ArgoCdHttpDeps,
  syncRequest?: object,
): Promise<unknown> {
  let answer: HttpAnswer;
  try {
    answer = await send({
      method: syncRequest ? 'POST' : 'GET',
      url: `${url}/api/v1/${path}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(syncRequest && { 'content-type': 'application/json' }),
      },
      ...(syncRequest && { body: JSON.stringify(syncRequest) }),
      signal: AbortSignal.timeout(timeoutMs),
      maxBytes,
    });
  } catch (cause) {
    if (cause instanceof AnswerTooLarge)
      throw notUnderstood(publicUrl, subject, `more than ${mebibytes(maxBytes)} MiB`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('argocd-unavailable', `${publicUrl} gave no answer about ${subject}: ${reason}.`, { cause });
  }
  if (syncRequest && (answer.status === 400 || answer.status === 403)) throw syncRefusal(publicUrl, subject, answer);
  if (answer.status !== 200) throw refusal(publicUrl, subject, answer, now());
  const body = tryParseJson(answer.body.toString('utf8'));
  if (body === undefined) throw notUnderstood(publicUrl, subject, 'no JSON');
  return body;
}

function notUnderstood(url: string, subject: string, found: string): Failure {
  return new Failure(
    'answer-not-understood',
    `${url} answered ${found} about ${subject}; expected Argo CD's API. Check ARGOCD_URL.`,
  );
}

function refusal(url: string, subject: string, { status, headers, body }: HttpAnswer, now: Date): Failure {
  const code = codeOf(status);
  const seconds = retryAfterSeconds(headers.get('retry-after'), now);
  return new Failure(
    code,
    `${url} answered ${status} about ${subject}: ${messageIn(body.toString('utf8'))} ${adviceFor(code, status)}`.trim(),
    seconds === undefined ? {} : { retryAfterSeconds: seconds },
  );
}

/** Argo CD answers 400 for both a refusal and a running operation; only its message differs. */
function syncRefusal(url: string, subject: string, { status, body }: HttpAnswer): Failure {
  const message = messageIn(body.toString('utf8'));
  if (message.includes('another operation is already in progress'))
    return new Failure('argocd-operation-running', `${url} is still syncing ${subject}: ${message}`);
  const isRight = status === 403 && message.startsWith('permission denied');
  const advice = isRight ? ' The account of ARGOCD_TOKEN needs the right `applications, sync`.' : '';
  return new Failure('argocd-sync-refused', `Argo CD refused the sync: ${message}${advice}`);
}

function codeOf(status: number): FailureCode {
  if (status === 401) return 'argocd-sign-in-failed';
  if (status === 403) return 'argocd-permission-denied';
  if (status === 404) return 'argocd-application-not-found';
  if (status === 429) return 'throttled';
  return status === 408 || status >= 500 ? 'argocd-unavailable' : 'answer-not-understood';
}

function adviceFor(code: FailureCode, status: number): string {
  if (code === 'argocd-sign-in-failed') return 'Set ARGOCD_TOKEN to a valid token.';
  if (code === 'argocd-permission-denied')
    return 'The application does not exist, or the account of ARGOCD_TOKEN has no right to get it.';
  if (code === 'argocd-application-not-found') return 'Correct the application of the route.';
  return status >= 300 && status < 400 ? 'Redirects are not followed: correct ARGOCD_URL.' : '';
}

const errorSchema = z.object({ message: z.string() });

/** The error message of the API, on one line. */
function messageIn(body: string): string {
  const text = oneLine(errorSchema.safeParse(tryParseJson(body)).data?.message ?? '', 300);
  return text === '' ? 'no message.' : `${text.replace(/\.$/, '')}.`;
}
