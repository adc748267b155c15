export type FailureKind = 'retryable' | 'permanent';

/**
 * All failure codes and whether a retry can help. `docs/errors.md` explains each code.
 *
 * After a retryable failure, the message is sent again later. A permanent failure is recorded and reported.
 */
export const failureKinds = {
  // The routes and the messages
  'routes-invalid': 'retryable',
  'route-gone': 'permanent',
  'message-malformed': 'permanent',
  'build-unknown': 'permanent',
  'build-refused': 'permanent',
  'image-not-pushed': 'permanent',
  'not-promoted': 'permanent',
  'taken-back': 'permanent',
  'tag-moved': 'permanent',
  'soak-replaced': 'permanent',
  'row-invalid': 'permanent',
  'row-newer': 'retryable',
  'worker-ended': 'retryable',
  'host-not-allowed': 'permanent',
  'outside-bounds': 'permanent',
  'git-host-not-supported': 'permanent',
  'delivery-not-supported': 'permanent',
  // Files and their edits
  'path-invalid': 'permanent',
  'file-not-text': 'permanent',
  'file-too-large': 'permanent',
  'not-yaml': 'permanent',
  'duplicate-key': 'permanent',
  'too-many-aliases': 'permanent',
  'unexpected-kind': 'permanent',
  'path-not-found': 'permanent',
  'path-ambiguous': 'permanent',
  'path-through-scalar': 'permanent',
  'not-a-scalar': 'permanent',
  'aliased-value': 'permanent',
  'encrypted-by-sops': 'permanent',
  'image-not-found': 'permanent',
  'another-image': 'permanent',
  'whole-reference': 'permanent',
  'filled-by-generator': 'permanent',
  'tag-needed': 'permanent',
  'digest-needed': 'permanent',
  'digest-left-behind': 'permanent',
  'digest-not-writable': 'permanent',
  'version-range': 'permanent',
  'chart-lock-stale': 'permanent',
  'changes-conflict': 'permanent',
  // The Git host
  'sign-in-failed': 'retryable',
  'permission-denied': 'permanent',
  'repository-not-found': 'permanent',
  'branch-not-found': 'permanent',
  'file-not-found': 'permanent',
  'push-rejected-by-policy': 'permanent',
  'push-blocked-by-secret-scanning': 'permanent',
  'push-refused': 'permanent',
  'request-too-large': 'permanent',
  'branch-locked': 'retryable',
  'branch-moved': 'retryable',
  'branch-busy': 'retryable',
  'pull-request-closed': 'permanent',
  'pull-request-taken-over': 'retryable',
  'pull-request-not-found': 'permanent',
  'pull-request-refused': 'permanent',
  'commit-not-found': 'permanent',
  'status-refused': 'permanent',
  'build-not-found': 'permanent',
  'plan-ended': 'permanent',
  'reviewer-unknown': 'permanent',
  // The registry
  'registry-unavailable': 'retryable',
  'registry-sign-in-failed': 'retryable',
  'registry-content-missing': 'retryable',
  'registry-content-invalid': 'permanent',
  // Argo CD
  'argocd-unavailable': 'retryable',
  'argocd-sign-in-failed': 'retryable',
  'argocd-permission-denied': 'permanent',
  'argocd-application-not-found': 'permanent',
  'argocd-sync-refused': 'permanent',
  'argocd-operation-running': 'retryable',
  // Any service
  'host-busy': 'retryable',
  throttled: 'retryable',
  'service-unavailable': 'retryable',
  'answer-lost': 'retryable',
  'answer-not-understood': 'retryable',
  'storage-unavailable': 'retryable',
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureKinds;

/** The known position of a failure. Lines and columns count from 1. */
export interface FailurePlace {
  readonly setting?: string;
  readonly route?: string;
  readonly environment?: string;
  readonly repository?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface FailureOptions {
  readonly place?: FailurePlace;
  readonly cause?: unknown;
  /** `Retry-After` of the service, in seconds. */
  readonly retryAfterSeconds?: number;
}

/** An expected failure. `message` states what happened, what was expected and what to do; code branches on `code`. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly place: FailurePlace;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.place = options.place ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get kind(): FailureKind {
    return failureKinds[this.code];
  }
}

/** The failure of work on one environment: parts of `place` that the failure does not name are added. */
export function withPlace(
  failure: Failure,
  { route, environment }: Required<Pick<FailurePlace, 'route' | 'environment'>>,
): Failure {
  const { retryAfterSeconds } = failure;
  return new Failure(failure.code, failure.message, {
    cause: failure,
    place: { route, environment, ...failure.place },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** `file:line:column`, with the parts that are known; empty if there are none. */
export function formatPosition({ file, line, column }: FailurePlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
