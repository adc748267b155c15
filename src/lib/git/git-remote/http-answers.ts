import { Failure } from '../../model/failure.ts';
import type { FailureCode } from '../../model/failure.ts';
import { remoteMessage } from './pkt-line.ts';

/** An HTTP answer that is not what was asked for. */
export interface GitAnswer {
  readonly method: string;
  /** Without user and query. */
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  readonly location: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly body: string;
  readonly host: string;
  /** `GIT_CREDENTIALS` holds something for the host. */
  readonly signedIn: boolean;
  /** A push: after a gateway's timeout, it may have happened. */
  readonly isPush: boolean;
}

const codes: Readonly<Record<number, FailureCode>> = {
  401: 'sign-in-failed',
  403: 'permission-denied',
  404: 'repository-not-found',
  408: 'service-unavailable',
  410: 'repository-not-found',
  413: 'request-too-large',
  429: 'throttled',
};

/** Answers of a gateway, or of a failing Git host: the push may or may not have landed. */
const unclearForPush = new Set([408, 500, 502, 504]);

/** The failure for an HTTP status. */
export class GitHttpFailure extends Failure {
  readonly status: number;

  constructor(status: number, ...failure: ConstructorParameters<typeof Failure>) {
    super(...failure);
    this.status = status;
  }
}

/** Classifies an answer by its status; text is for people only. */
export function failureOfAnswer(answer: GitAnswer): GitHttpFailure {
  const code = codeOf(answer);
  const said = answer.contentType.startsWith('text/plain') ? `: ${remoteMessage(answer.body)}` : '';
  const text = `${answer.method} ${answer.url} answered ${answer.status}${said}.`;
  const { retryAfterSeconds } = answer;
  return new GitHttpFailure(answer.status, code, [text, advice[code]?.(answer)].filter(Boolean).join(' '), {
    place: { repository: answer.url },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

function codeOf({ status, retryAfterSeconds, contentType, isPush }: GitAnswer): FailureCode {
  if (status >= 300 && status < 400) return 'sign-in-failed';
  if (status < 300 && contentType.startsWith('text/html')) return 'sign-in-failed';
  if (isPush && (status < 300 || unclearForPush.has(status))) return 'answer-lost';
  if (status < 300) return 'git-host-not-supported';
  // GitHub's secondary rate limits answer 403 with the time to wait.
  if (status === 403 && retryAfterSeconds !== undefined) return 'throttled';
  return codes[status] ?? (status >= 500 ? 'service-unavailable' : 'answer-not-understood');
}

const advice: Partial<Record<FailureCode, (answer: GitAnswer) => string>> = {
  'sign-in-failed': ({ host, signedIn, location }) => {
    const redirect =
      location === undefined
        ? ''
        : `It redirects to ${location}, which is not followed: if that is the repository, name it in the route. `;
    return signedIn
      ? `${redirect}Check that the credential of ${host} in GIT_CREDENTIALS has not expired.`
      : `${redirect}GIT_CREDENTIALS holds nothing for ${host}; add it.`;
  },
  'permission-denied': ({ host }) => `Let the credential of ${host} in GIT_CREDENTIALS write to this repository.`,
  'repository-not-found': ({ host, signedIn }) =>
    signedIn
      ? 'Check the URL in the route, and that the credential may read the repository: without permission it looks the same.'
      : `Check the URL in the route; a private repository looks the same without a credential, and GIT_CREDENTIALS holds nothing for ${host}.`,
  'git-host-not-supported': () =>
    'Expected smart HTTP ("gitprotocol-http" in Git\'s manual). Check that the URL in the route is the one to clone.',
  'answer-lost': () => 'The push may have been done.',
};
