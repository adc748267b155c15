import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import { retryAfterSeconds } from '../net/retry-after.ts';

/** The parts of an answer of Azure DevOps that classify a failure. */
export interface DevOpsAnswer {
  readonly method: string;
  /** Path of the request, without host and query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** When the answer came. */
  readonly at: Date;
}

const codesByTypeKey: Readonly<Record<string, FailureCode>> = {
  GitReferenceStaleException: 'branch-moved',
  GitRefUpdateRejectedByPolicyException: 'push-rejected-by-policy',
  GitNeedsPermissionException: 'permission-denied',
  GitForcePushDeniedException: 'permission-denied',
  GitRefLockedException: 'branch-locked',
  GitRepositoryNotFoundException: 'repository-not-found',
  ProjectDoesNotExistWithNameException: 'repository-not-found',
  ProjectDoesNotExistException: 'repository-not-found',
  GitItemNotFoundException: 'file-not-found',
  GitCommitDoesNotExistException: 'branch-moved',
  GitUnresolvableToCommitException: 'branch-not-found',
  // Each of these means that the pull request changed since it was read: read it again.
  GitPullRequestExistsException: 'branch-moved',
  GitPullRequestNotEditableException: 'branch-moved',
  GitPullRequestStaleException: 'branch-moved',
  GitPullRequestNotFoundException: 'pull-request-not-found',
  GitPullRequestInvalidReviewer: 'reviewer-unknown',
  GitPullRequestUpdateRejectedByPolicyException: 'push-rejected-by-policy',
  GitServiceUnavailableException: 'service-unavailable',
  GitObjectRejectedException: 'push-refused',
  GitRefUpdateRejectedByPluginException: 'push-refused',
  UnauthorizedRequestException: 'sign-in-failed',
  // The task has ended.
  OrchestrationSessionNotFoundException: 'plan-ended',
  TaskOrchestrationPlanTerminatedException: 'plan-ended',
  TaskOrchestrationPlanNotFoundException: 'plan-ended',
};

const codesByStatus: Readonly<Record<number, FailureCode>> = {
  400: 'push-refused',
  401: 'sign-in-failed',
  403: 'permission-denied',
  404: 'repository-not-found',
  408: 'service-unavailable',
  409: 'branch-moved',
  413: 'request-too-large',
  429: 'throttled',
};

const advice: Partial<Record<FailureCode, string>> = {
  'sign-in-failed': 'Check that AZURE_DEVOPS_PAT has not expired, or that the identity is a user of the organization.',
  'permission-denied': 'Give the identity the permission that the message names, on this repository.',
  'repository-not-found':
    'Check the URL in the route, and that the identity may read the repository: without permission it looks the same.',
  'push-rejected-by-policy':
    'A branch policy wants a pull request: use `delivery: pull-request`, or let the identity bypass the policy.',
  'push-blocked-by-secret-scanning': 'Secret scanning found a secret in a file of this commit; remove it there.',
};

/**
 * Classifies an answer by status and `typeKey`, never by message text, which is localized. Two failures have no type of
 * their own and are known by their stable number or wording only: secret scanning (VS403654) and the size limit.
 */
export function failureOf(answer: DevOpsAnswer): Failure {
  const { typeKey, message } = parseBody(answer.body);
  const code = codeOf(answer, typeKey, message);
  const said = message ?? (isSignInPage(answer) ? 'a sign-in page' : 'no message');
  const text = `${answer.method} ${answer.path} answered ${answer.status}${typeKey === undefined ? '' : ` ${typeKey}`}: ${said}`;
  const seconds = retryAfterSeconds(answer.headers.get('retry-after'), answer.at);
  const explained = [text, advice[code]].filter(Boolean).join(' ');
  return new Failure(code, explained, seconds === undefined ? {} : { retryAfterSeconds: seconds });
}

function codeOf(answer: DevOpsAnswer, typeKey: string | undefined, message: string | undefined): FailureCode {
  if (isSignInPage(answer)) return 'sign-in-failed';
  if (answer.status < 500 && message?.includes('VS403654')) return 'push-blocked-by-secret-scanning';
  if (answer.status === 400 && message?.includes('maximum request size')) return 'request-too-large';
  const known = typeKey === undefined ? undefined : codesByTypeKey[typeKey];
  if (known) return known;
  return codesByStatus[answer.status] ?? (answer.status >= 500 ? 'service-unavailable' : 'answer-not-understood');
}

/** 203, every redirect, and HTML in the place of JSON are the sign-in page of Azure DevOps. */
export function isSignInPage({ status, headers }: Pick<DevOpsAnswer, 'status' | 'headers'>): boolean {
  if (status === 203 || (status >= 300 && status < 400)) return true;
  return status < 300 && (headers.get('content-type') ?? '').startsWith('text/html');
}

/** Without `Retry-After`, a collection is left alone for at most as long as one delayed request takes, in seconds. */
const longestHoldSeconds = 30;

/**
 * How long, in seconds, a collection wants to be left alone after an answer: `Retry-After`; where nothing remains of the
 * rate limit without one, until the limit is reset (Azure DevOps rate limits).
 */
export function holdBackSeconds(headers: Headers, now: Date): number | undefined {
  const asked = retryAfterSeconds(headers.get('retry-after'), now);
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (asked !== undefined || headers.get('x-ratelimit-remaining') !== '0' || Number.isNaN(reset)) return asked;
  return Math.min(Math.max(0, reset - now.getTime() / 1000), longestHoldSeconds);
}

function parseBody(body: string): { typeKey?: string; message?: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return {};
    const typeKey = 'typeKey' in value && typeof value.typeKey === 'string' ? value.typeKey : undefined;
    const message = 'message' in value && typeof value.message === 'string' ? value.message.slice(0, 1000) : undefined;
    return { ...(typeKey === undefined ? {} : { typeKey }), ...(message === undefined ? {} : { message }) };
  } catch {
    return {}; // Not JSON: only the status counts.
  }
}
