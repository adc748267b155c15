import { z } from 'zod';
import type { ArgoCdAccess } from './read-instances.ts';
import { secondsToWait } from '../registry/oci/failure.ts';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import { readBounded, whyNoAnswer } from '../net/http-answer.ts';
import { tryParseJson } from '../model/json.ts';
import { oneLine } from '../model/one-line.ts';

export interface ArgoCdHttpDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Time limit of one request, in milliseconds. */
  readonly timeoutMs?: number;
}

/** The largest accepted answer, in bytes; the tree of a large application has thousands of nodes. */
export const maxAnswerBytes = 16 * 1024 * 1024;

const defaultTimeoutMs = 10_000;

/**
 * Reads from Argo CD's API, without following redirects.
 *
 * @param path below `/api/v1/`, with its query
 * @param subject the application, for messages
 * @throws {Failure} `argocd-unavailable`, `argocd-sign-in-failed`, `argocd-permission-denied`,
 *   `argocd-application-not-found`, `throttled`, `answer-not-understood`
 */
export async function askArgoCd(
  { url, publicUrl, token }: ArgoCdAccess,
  path: string,
  subject: string,
  { now, timeoutMs = defaultTimeoutMs }: ArgoCdHttpDeps,
): Promise<unknown> {
  let response: Response;
  let body: Buffer | undefined;
  try {
    response = await fetch(`${url}/api/v1/${path}`, {
      headers: { accept: 'application/json', authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    body = await readBounded(response, maxAnswerBytes);
  } catch (cause) {
    throw new Failure('argocd-unavailable', `${publicUrl} gave no answer about ${subject}: ${whyNoAnswer(cause)}.`, {
      cause,
    });
  }
  if (response.status !== 200) throw refusal(publicUrl, subject, response, body?.toString('utf8') ?? '', now());
  const answer = body && tryParseJson(body.toString('utf8'));
  if (answer !== undefined) return answer;
  const found = body ? 'no JSON' : `more than ${maxAnswerBytes / 1024 / 1024} MiB`;
  throw new Failure(
    'answer-not-understood',
    `${publicUrl} answered ${found} about ${subject}; expected Argo CD's API. Check ARGOCD_URL.`,
  );
}

function refusal(url: string, subject: string, { status, headers }: Response, body: string, now: number): Failure {
  const code = codeOf(status);
  const retryAfterSeconds = secondsToWait(headers.get('retry-after'), now);
  return new Failure(
    code,
    `${url} answered ${status} about ${subject}: ${messageIn(body)} ${adviceFor(code, status)}`.trim(),
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );
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
