import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { AnswerCache } from '../async/answer-cache.ts';
import type { SettleResultDeps } from './settle-result.ts';

/** The number of checks that are remembered, so that each is made once. */
const maxChecks = 5_000;

/**
 * Follows the pull request of a record when its application has a new sync result, once for each revision: the pull
 * request may be merged. After a failure the clock follows it a minute later.
 */
export function makeFollowMerged(
  follow: (pullRequest: { readonly repository: string; readonly number: number }, log: Log) => Promise<unknown>,
): SettleResultDeps['followPullRequest'] {
  const checks = new AnswerCache<void>({ max: maxChecks });
  return ({ repository, pullRequest }, { sync }, log) => {
    if (repository === undefined || pullRequest === undefined) return Promise.resolve();
    const { number } = pullRequest;
    return checks.get(`${repository}#${number} ${sync.revisions.join(' ')}`, async () => {
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
