import type { Refresher } from '../argocd/refresher.ts';
import type { Clock } from '../model/clock.ts';
import { isPreviewed } from '../model/is-open.ts';
import { isState } from '../model/deployment-states.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Environment } from '../routes/route.ts';
import type { RecordEffect } from './run-effects.ts';

export interface RefreshEffectDeps {
  readonly refresher: Pick<Refresher, 'request' | 'ask'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly now: Clock;
}

/** A later effect of the record needs no refresh: Argo CD has polled the repository since the commit. */
const freshMs = 3 * 60_000;

/** Requests a refresh of a deployment's applications after its commit or the merge of its pull request. It waits for nothing. */
export function makeRefreshEffect({ refresher, findEnvironment, now }: RefreshEffectDeps): RecordEffect {
  return async (deployment) => {
    const { commit, state, states, applications = [] } = deployment;
    const committedAt = states.findLast((one) => one.state === 'committed')?.at;
    const isFresh = committedAt !== undefined && now().getTime() - Date.parse(committedAt) < freshMs;
    if (!isFresh || !isState(state, 'waiting') || applications.length === 0) return deployment;
    if (isPreviewed(deployment)) for (const application of applications) refresher.ask(application);
    if (commit === undefined) return deployment;
    const edits = (await findEnvironment(deployment.update))?.update ?? [];
    const isHeld = edits.some(({ kind }) => kind === 'application');
    const isDeployed = edits.length === 0 || edits.some(({ kind }) => kind !== 'application');
    for (const application of applications) {
      if (isHeld) refresher.request({ application, commit, isHeld: true });
      if (isDeployed) refresher.request({ application, commit, isHeld: false });
    }
    return deployment;
  };
}
