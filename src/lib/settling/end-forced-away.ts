import type { DeploymentStore } from '../deployments/store.ts';
import type { Deployment } from '../model/deployment.ts';
import { isWaiting } from '../model/is-open.ts';
import type { Log } from '../model/log.ts';
import type { FindForcedAway } from './forced-away.ts';

export interface EndForcedAwayDeps {
  readonly store: Pick<DeploymentStore, 'update'>;
  readonly findForcedAway: FindForcedAway;
}

/** The oldest waiting records whose commits are searched in the branch at a time. */
const checkedAtOnce = 10;

/**
 * Ends records whose commits were forced out of their branch, so that nothing asks for them any more.
 *
 * @param waiting the newest first
 * @returns the records that wait still
 */
export async function endForcedAway(
  waiting: readonly Deployment[],
  log: Log,
  deps: EndForcedAwayDeps,
): Promise<readonly Deployment[]> {
  const checked = await Promise.all(waiting.slice(-checkedAtOnce).map((one) => endOne(one, log, deps)));
  return [...waiting.slice(0, -checkedAtOnce), ...checked.filter(isWaiting)];
}

async function endOne(deployment: Deployment, log: Log, deps: EndForcedAwayDeps): Promise<Deployment> {
  const { update, commit } = deployment;
  const change = await deps.findForcedAway(deployment);
  if (!change) return deployment;
  let changed: Deployment | undefined;
  await deps.store.update(update, (current) => (changed = current && change(current)));
  if (!changed) return deployment;
  const { id, route, environment, image } = update;
  const { state, reason } = changed;
  log('warn', 'forced-away', { route, environment, update: id, tag: image.tag, commit, state, reason });
  return changed;
}
