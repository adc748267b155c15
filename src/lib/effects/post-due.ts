import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Post } from './desired-posts.ts';
import type { Posted } from './posted.ts';
import { targetFields } from './targets.ts';
import type { StatusTarget } from './targets.ts';

/** Posts in parallel: a commit of 100 updates has up to 100 statuses. */
const atOnce = 16;

/** Failures of the whole target: other posts would fail too. */
const ofTarget: ReadonlySet<FailureCode> = new Set([
  'commit-not-found',
  'pull-request-not-found',
  'build-not-found',
  'repository-not-found',
  'permission-denied',
  'host-not-allowed',
]);

/**
 * Posts the due statuses and tags. A post that is refused for its own content is logged and counts as done.
 *
 * @param before the last posts, by name
 * @throws {Failure} a retryable one, or one of the whole target; no further post is made
 */
export async function postDue(
  due: readonly Post[],
  target: StatusTarget,
  before: ReadonlyMap<string, Posted>,
  { put, log }: { readonly put: (posted: Posted) => Promise<void>; readonly log: Log },
): Promise<void> {
  // Stored before: a post without an answer is repeated.
  await Promise.all(due.map(({ name, value }) => put({ name, value, done: false })));
  const rest = [...due];
  let failure: Failure | undefined;

  async function postOne({ name, value, post }: Post): Promise<void> {
    try {
      await post(before.get(name));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === 'retryable' || ofTarget.has(error.code)) {
        failure ??= error;
        // Another process may have posted and stored another value; this post may still arrive.
        await put({ name, value, done: false });
        return;
      }
      const { code, message: reason } = error;
      log('error', 'not-reported', { ...targetFields(target), status: name, code, reason });
      await put({ name, value, done: true });
      return;
    }
    await put({ name, value, done: true });
    log('info', 'reported', { ...targetFields(target), status: name, state: value.split(' ', 1)[0] });
  }

  async function work(): Promise<void> {
    for (let next = rest.shift(); next && !failure; next = rest.shift()) await postOne(next);
  }

  await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, work));
  if (failure) throw failure;
}
