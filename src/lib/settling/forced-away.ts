import { LRUCache } from 'lru-cache';
import { AnswerCache } from '../async/answer-cache.ts';
import type { Repositories } from '../git/repositories.ts';
import { ageMs } from '../model/clock.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';
import { findIntroduction } from '../values/find-introduction.ts';
import { tryInspect } from '../values/held-value.ts';
import { isUpToDate } from '../values/inspect.ts';
import { readFiles } from '../values/read-files.ts';
import { writtenEnvironment } from '../values/written-environment.ts';
import { applyProgress } from './apply-progress.ts';
import { waitsForArgoCd } from './find-waiting.ts';

export interface ForcedAwayDeps {
  readonly repositories: Pick<Repositories, 'open'>;
  readonly findEnvironment: (update: Deployment['update']) => Promise<Environment | undefined>;
  readonly now: Clock;
}

/** The change of a record whose commit was forced out of its branch; `undefined` if that is not proven. */
export type FindForcedAway = (
  deployment: Deployment,
) => Promise<((current: Deployment) => Deployment | undefined) | undefined>;

/** A replica of a Git host can lag behind a push. */
const quietMs = 5 * 60_000;
/** How long the tip of a branch is believed: far less than a record must be quiet. */
const tipMs = 60_000;
const maxTips = 500;
const maxCommits = 20_000;

/**
 * Finds commits that were forced away. The Git host must have shown it: an outage, a missing permission, a branch that is
 * gone or a history that is not known as deep as needed prove nothing. If the branch holds the value by another commit,
 * the record goes on with that commit.
 */
export function makeFindForcedAway({ repositories, findEnvironment, now }: ForcedAwayDeps): FindForcedAway {
  const tips = new AnswerCache<string>({ max: maxTips, ttlMs: tipMs, now });
  /** Commits that a tip holds. */
  const held = new LRUCache<string, true>({ max: maxCommits });

  return async (deployment) => {
    const { repository: url, branch, commit, update, updatedAt } = deployment;
    if (!waitsForArgoCd(deployment) || ageMs(updatedAt, now()) < quietMs) return undefined;
    if (url === undefined || branch === undefined || commit === undefined) return undefined;
    try {
      const { key, repository } = repositories.open(url);
      const tip = await tips.get(`${key}#${branch}`, async () => (await repository.tip(branch)).commit);
      const question = `${key} ${commit} ${tip}`;
      if (held.has(question)) return undefined;
      if (!(await repository.isOutside(commit, tip))) {
        held.set(question, true);
        return undefined;
      }
      const environment = await findEnvironment(update);
      const resolved = environment && { update, environment: writtenEnvironment(environment, deployment) };
      const inspection = resolved && tryInspect(resolved, await readFiles(repository, tip, [resolved]));
      const other = inspection && isUpToDate(inspection) && (await findIntroduction(inspection, tip, repository));
      return (current) => {
        if (current.commit !== commit || !waitsForArgoCd(current)) return undefined;
        return other ? { ...current, commit: other, updatedAt: now().toISOString() } : ended(current, branch, now());
      };
    } catch (error) {
      if (error instanceof Failure) return undefined; // It proves nothing; a later run asks again.
      throw error;
    }
  };
}

function ended(deployment: Deployment, branch: string, now: Date): Deployment | undefined {
  const reason = `commit ${deployment.commit?.slice(0, 10) ?? ''} is no longer in the branch ${branch}`;
  let last: Deployment | undefined;
  for (const application of deployment.applications ?? []) {
    const shown = { state: 'superseded', at: now.toISOString(), reason } as const;
    last = applyProgress(last ?? deployment, application, shown, now) ?? last;
  }
  return last;
}
