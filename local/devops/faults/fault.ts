import type { TypeKey } from '../server/service-error.ts';

/** The kinds of faults. */
export type FaultAction =
  /** The answer comes later. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** 429. */
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** The usual answer, with the headers that ask to go slower. */
  | { readonly kind: 'delayed'; readonly retryAfterSeconds: number }
  /** 503. */
  | { readonly kind: 'unavailable' }
  /** The connection breaks: before anything is done, or after it is done and before it is answered. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** 203 with a web page. */
  | { readonly kind: 'sign-in-page' }
  /** 302 to a web page. */
  | { readonly kind: 'sign-in-redirect' }
  /** 401, as with a token that has expired. */
  | { readonly kind: 'expired-token' }
  /** 403: the branch takes pull requests only. */
  | { readonly kind: 'rejected-by-policy' }
  /** 403: the token's owner may not push. */
  | { readonly kind: 'permission-denied' }
  /** A push is blocked by secret scanning: every push, or the ones with a file that the expression finds. */
  | { readonly kind: 'secret-found'; readonly status: 400 | 403; readonly content?: RegExp }
  /** Somebody deletes the branch just before the push. */
  | { readonly kind: 'branch-vanishes' }
  /** Any error of the service. */
  | { readonly kind: 'error'; readonly typeKey: TypeKey; readonly message?: string };

/** Which requests a fault strikes; what is left out matches all. */
export interface FaultMatch {
  readonly method?: string;
  /** Searched in path and query, as sent. */
  readonly path?: RegExp;
  /** Name of a resource, such as `pushes`, or of a Git service, such as `git-receive-pack`; without regard to case. */
  readonly resource?: string;
}

export interface Fault {
  readonly match?: FaultMatch;
  /** How many requests it strikes; every one without. */
  readonly times?: number;
  /** From 0 to 1: the part of the matching requests that it strikes, chosen by `seed`. */
  readonly probability?: number;
  readonly seed?: number;
  readonly action: FaultAction;
}
