import type { FollowStep } from './run-effects.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import { environmentOf } from './environment-of.ts';
import { findEffects } from './desired-effects.ts';
import type { Effect, EffectDeps } from './desired-effects.ts';
import { KnownContexts } from './known-contexts.ts';
import type { Member } from './member.ts';
import { postEffects } from './post-effects.ts';
import type { PostedStore } from './posted.ts';
import { shareRuns } from '../async/share-runs.ts';
import { filterFor, targetFields, targetKey, targetsOf } from './targets.ts';
import type { ReportTarget } from './targets.ts';

export interface ReportDeps extends Omit<EffectDeps, 'contexts'> {
  readonly posted: PostedStore;
}

/** What is posted while records change is looked at again; then whoever changed them looks. */
const maxRounds = 5;

/**
 * Shows how a deployment stands: on the GitOps commit, the pull request, the source commit and the build. What is posted
 * is read from all records that share a target, at that moment, and read once more after it was posted: whichever job
 * comes last, the last thing posted is true.
 */
export function makeReport(given: ReportDeps): FollowStep {
  const deps = { ...given, contexts: new KnownContexts() };
  const share = shareRuns();
  /** Who has asked for a run that has not begun, by run. */
  const asking = new Map<string, Map<string, Member>>();

  function reportShared(target: ReportTarget, self: Member, log: Log): Promise<void> {
    const { id } = self.deployment.update;
    // Without a filter a run sees this deployment only, and can stand for no other.
    const run = filterFor(target) ? targetKey(target) : `${targetKey(target)} ${id}`;
    asking.set(run, (asking.get(run) ?? new Map<string, Member>()).set(id, self));
    return share(run, () => {
      const askers = [...(asking.get(run) ?? new Map<string, Member>()).values()];
      asking.delete(run);
      return report(target, askers, log, deps);
    });
  }

  return async (deployment, log) => {
    const environment = await environmentOf(deployment, deps.findEnvironment);
    if (!environment) return deployment;
    let retryable: Failure | undefined;
    for (const target of targetsOf({ deployment, environment })) {
      try {
        if (environment.isGone === true && (await deps.posted.list(targetKey(target))).length === 0) continue;
        await reportShared(target, { deployment, environment }, log);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.kind === 'retryable') retryable ??= error;
        else log('error', 'not-reported', { ...targetFields(target), code: error.code, reason: error.message });
      }
    }
    if (retryable) throw retryable;
    return deployment;
  };
}

async function report(
  target: ReportTarget,
  askers: readonly Member[],
  log: Log,
  { posted, ...deps }: ReportDeps & EffectDeps,
): Promise<void> {
  const key = targetKey(target);
  for (let round = 0; round < maxRounds; round += 1) {
    const [effects, known] = await Promise.all([findEffects(target, askers, round > 0, deps), posted.list(key)]);
    const before = new Map(known.map((one) => [one.name, one]));
    const isDue = ({ name, value }: Effect): boolean => {
      const last = before.get(name);
      return !last?.done || last.value !== value;
    };
    const due = effects.filter(isDue);
    if (due.length === 0) return;
    await postEffects(due, target, before, { put: (one) => posted.put(key, one), log });
  }
}
