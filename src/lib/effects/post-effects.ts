import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { Effect } from './desired-effects.ts';
import type { Posted } from './posted.ts';
import { targetFields } from './targets.ts';
import type { ReportTarget } from './targets.ts';

/** A commit of a hundred updates has up to a hundred statuses: so many are posted side by side. */
const atOnce = 8;

/** Failures of the whole target: the other effects would meet the same. */
const ofTarget: ReadonlySet<FailureCode> = new Set([
  'commit-not-found',
  'pull-request-not-found',
  'build-not-found',
  'repository-not-found',
  'permission-denied',
  'host-not-allowed',
]);

/**
 * Posts what is due. An effect that is refused for what it is itself is logged and done with; the others are posted.
 *
 * @param before what was posted last, by the effect's name
 * @throws {Failure} retryable ones, and what concerns the whole target: then the rest is not tried
 */
export async function postEffects(
  due: readonly Effect[],
  target: ReportTarget,
  before: ReadonlyMap<string, Posted>,
  { put, log }: { readonly put: (posted: Posted) => Promise<void>; readonly log: Log },
): Promise<void> {
  // Announced before: what was posted without an answer is posted again.
  await Promise.all(due.map(({ name, value }) => put({ name, value, done: false })));
  const rest = [...due];
  let failure: Failure | undefined;

  async function postOne({ name, value, post }: Effect): Promise<void> {
    try {
      await post(before.get(name));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === 'retryable' || ofTarget.has(error.code)) {
        failure ??= error;
        // Another process may have posted, and noted, something else meanwhile; what this one posted may still arrive.
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
