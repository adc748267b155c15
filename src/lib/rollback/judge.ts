import type { JudgeRollback } from '../delivery/judge-rollback.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Outcome } from '../model/outcome.ts';
import { instanceOf } from '../routes/expand/application-name.ts';
import { failingApplications } from './committed.ts';
import * as conditions from './conditions.ts';
import { findHealthyValue } from './find-healthy-value.ts';
import type { FindHealthyValueDeps } from './find-healthy-value.ts';
import { judgeApplications } from './judge-applications.ts';
import type { JudgeApplicationsDeps } from './judge-applications.ts';
import { judgeTip } from './judge-tip.ts';
import { recordLanded } from './record-landed.ts';
import type { RecordLandedDeps } from './record-landed.ts';
import type { StormStore } from './storm-store.ts';

export interface JudgeDeps extends FindHealthyValueDeps, JudgeApplicationsDeps, RecordLandedDeps {
  readonly store: DeploymentStore;
  readonly results: FindHealthyValueDeps['results'] & JudgeApplicationsDeps['results'];
  readonly storms: Pick<StormStore, 'reserve'>;
}

/** Judges automatic rollbacks: each condition by the facts after the tip of the plan. */
export function makeJudgeRollback(deps: JudgeDeps): JudgeRollback {
  return async ({ update, environment, ...rest }, place) => {
    const { cause } = update;
    if (cause.kind !== 'rollback' || cause.of === undefined) return { update, environment, ...rest };
    const superseded = (reason: string): Outcome => ({ kind: 'superseded', by: update.image.tag, reason });
    const deployment = await deps.store.find({ ...update, id: cause.of });
    if (!deployment?.commit) return superseded('no such deployment is committed');
    const committed = { ...deployment, commit: deployment.commit };
    const reason = conditions.reread(deployment) ?? conditions.norb(deployment);
    if (reason !== undefined) return superseded(reason);
    const atTip = await judgeTip(committed, environment, place);
    if ('refused' in atTip) {
      const landed = await recordLanded({ update, environment }, committed.commit, place, deps);
      return landed ?? superseded(atTip.refused);
    }
    const found = await findHealthyValue(committed, environment, place, deps);
    if ('refused' in found) return superseded(found.refused);
    const waits = await judgeApplications(committed, environment, place, deps);
    if ('refused' in waits) return superseded(waits.refused);
    if (waits.wait) {
      const { reason: why, until } = waits.wait;
      // A replay of the rollback has a record.
      const seen = (await deps.store.find(update))?.updatedAt;
      const isSeen = seen !== undefined && { seen };
      return { kind: 'held', heldBy: 'rollback', reason: why, until: new Date(until).toISOString(), ...isSeen };
    }
    const { route, environment: name } = update;
    const { deployments } = await deps.index.list({ route, environment: name, tag: found.image.tag }, { limit: 1 });
    const pushedAt = deployments[0]?.update.pushedAt ?? new Date(0).toISOString();
    const instance = instanceOf(failingApplications(deployment)[0] ?? '') ?? 'default';
    if (environment.delivery !== 'observe' && !(await deps.storms.reserve(instance, update.id, deps.now()))) {
      return superseded(`10 rollbacks of the Argo CD instance ${instance} were made in 10 min; roll back by hand`);
    }
    const { image } = found;
    // A proposal is made again when its target moves: it replaces only this value.
    return { update: { ...update, image, pushedAt, cause: { ...cause, from: atTip.from } }, environment, ...rest };
  };
}
