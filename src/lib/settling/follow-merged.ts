import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { Memory } from '../async/memory.ts';
import type { SettleResultDeps } from './settle-result.ts';

/** How many looks are remembered, so that each is taken once. */
const maxLooks = 5_000;

/**
 * A sync result of an application whose record waits in a pull request may mean that it was merged: it is looked at, once
 * for each revision. What cannot be looked at now is found by the timer a minute later.
 */
export function makeFollowMerged(
  follow: (pullRequest: { readonly repository: string; readonly number: number }, log: Log) => Promise<unknown>,
): SettleResultDeps['followPullRequest'] {
  const looks = new Memory<void>(maxLooks);
  return ({ repository, pullRequest }, { sync }, log) => {
    if (repository === undefined || pullRequest === undefined) return Promise.resolve();
    const { number } = pullRequest;
    return looks.get(`${repository}#${number} ${sync.revisions.join(' ')}`, async () => {
      try {
        await follow({ repository, number }, log);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const { code, message: reason } = error;
        log('warn', 'pull-request-not-followed', { repository, pullRequest: number, code, reason });
      }
    });
  };
}
