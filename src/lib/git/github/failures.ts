import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import { capWait, retryAfterSeconds } from '../../net/retry-after.ts';
import type { FailureCode, FailureOptions } from '../../model/failure.ts';

export type Headers = Readonly<Record<string, string | number | undefined>>;

/** An answer of GitHub other than success. */
export interface GitHubAnswer {
  readonly method: string;
  /** Path of the request, without host and query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** Host that credentials are named by. */
  readonly host: string;
  /** `GIT_CREDENTIALS` holds something for the host. */
  readonly signedIn: boolean;
  readonly now: Date;
}

/** One thing that is wrong with a request, in GitHub's words. */
export interface Fault {
  readonly field?: string | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

const faultSchema: z.ZodType<Fault> = z.union([
  z.string().transform((message) => ({ message })),
  z.object({ field: z.string().optional(), code: z.string().optional(), message: z.string().optional() }),
]);

/** "Error responses" and "Troubleshooting the REST API" in GitHub's manual. */
const bodySchema = z.object({
  message: z.string().default('no message'),
  documentation_url: z.string().default(''),
  errors: z.array(faultSchema).catch([]).default([]),
});

/** The failure for a status of GitHub. */
export class GitHubFailure extends Failure {
  readonly status: number;
  readonly faults: readonly Fault[];

  constructor(
    status: number,
    faults: readonly Fault[],
    code: FailureCode,
    message: string,
    options: FailureOptions = {},
  ) {
    super(code, message, options);
    this.status = status;
    this.faults = faults;
  }
}

const codes: Readonly<Record<number, FailureCode>> = {
  401: 'sign-in-failed',
  403: 'permission-denied',
  404: 'repository-not-found',
  405: 'pull-request-refused',
  408: 'service-unavailable',
  409: 'branch-moved',
  410: 'repository-not-found',
  413: 'request-too-large',
  422: 'pull-request-refused',
  451: 'permission-denied',
};

/** Classifies an answer by its status and headers; text is for people. */
export function failureOfAnswer(answer: GitHubAnswer): GitHubFailure {
  const { method, path, status, headers, now } = answer;
  const body = bodySchema.safeParse(answer.body);
  const { message, documentation_url: link, errors } = body.data ?? bodySchema.parse({});
  const isLimit = isRateLimit(status, headers, link);
  const code = codeOf(status, isLimit);
  const wait = waitAsked(headers, now) ?? (isLimit ? leastWaitSeconds : undefined);
  const text = `${method} ${path} answered ${status}: ${[message, ...errors.map(faultText)].join('; ').slice(0, 1000)}.`;
  return new GitHubFailure(status, errors, code, [text, advice[code]?.(answer)].filter(Boolean).join(' '), {
    ...(wait !== undefined && { retryAfterSeconds: wait }),
  });
}

function codeOf(status: number, isLimit: boolean): FailureCode {
  if (isLimit) return 'throttled';
  // A repository that was renamed, or a sign-in page.
  if (status >= 300 && status < 400) return 'sign-in-failed';
  return codes[status] ?? (status >= 500 ? 'service-unavailable' : 'answer-not-understood');
}

/** The wait where a secondary limit comes without headers. */
const leastWaitSeconds = 60;

/** 403 is a limit as well as a missing permission ("Rate limits for the REST API" in GitHub's manual). */
function isRateLimit(status: number, headers: Headers, documentationUrl: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    Number(headers['x-ratelimit-remaining'] ?? 1) === 0 ||
    documentationUrl.includes('rate-limit')
  );
}

/** The wait that GitHub requests, in seconds; every answer has the rest of a limit. */
export function waitAsked(headers: Headers, now: Date): number | undefined {
  const after = headers['retry-after'];
  const seconds = after === undefined ? undefined : retryAfterSeconds(String(after), now);
  if (seconds !== undefined) return seconds;
  const reset = wholeNumber(headers['x-ratelimit-reset']);
  if (wholeNumber(headers['x-ratelimit-remaining']) !== 0 || reset === undefined) return undefined;
  return capWait(Math.max(Math.ceil(reset - now.getTime() / 1000), 1));
}

function wholeNumber(text: string | number | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(String(text)) ? Number(text) : undefined;
}

export function faultText({ field, code, message }: Fault): string {
  return message ?? [field, code].filter(Boolean).join(' ');
}

const advice: Partial<Record<FailureCode, (answer: GitHubAnswer) => string>> = {
  'sign-in-failed': ({ host, signedIn, status, headers }) => {
    if (status < 400)
      return `It redirects to ${originOf(headers['location'])}, which is not followed: if the repository was renamed, name the new URL in the route.`;
    return signedIn
      ? `Check that the token of ${host} in GIT_CREDENTIALS has not expired.`
      : `GIT_CREDENTIALS holds nothing for ${host}; add a token.`;
  },
  'permission-denied': ({ host, headers, path }) =>
    headers['x-github-sso'] === undefined
      ? `Give the token of ${host} in GIT_CREDENTIALS ${permissionsFor(path)}.`
      : `Authorize the token of ${host} in GIT_CREDENTIALS for the organization's single sign-on.`,
  'repository-not-found': ({ host, signedIn }) =>
    signedIn
      ? 'Check the URL in the route, and that the token may read the repository: without permission it looks the same.'
      : `Check the URL in the route; a private repository looks the same without a token, and GIT_CREDENTIALS holds nothing for ${host}.`,
};

function permissionsFor(path: string): string {
  return /\/statuses\/[0-9a-f]+$/.test(path)
    ? 'the permission "Commit statuses", to write'
    : 'the permissions "Contents" and "Pull requests", both to write';
}

/** Where a redirect leads, without what may be secret in it. */
function originOf(location: string | number | undefined): string {
  const text = String(location);
  return URL.canParse(text) ? `${new URL(text).origin}${new URL(text).pathname}` : 'another address';
}
