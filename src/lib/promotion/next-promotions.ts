import type { Deployment } from '../model/deployment.ts';
import { isState } from '../model/deployment-states.ts';
import { healthyIn } from './candidates.ts';
import type { PromotionTarget } from './targets.ts';

/** A promotion that goes on from a deployment. */
export interface NextPromotion {
  readonly environment: string;
  /** The record of the image there, if there is one. */
  readonly record?: Deployment;
  /** The sources in which the image is not healthy yet; empty if all are. */
  readonly sources: readonly string[];
  /** How long the image has to be healthy in its sources, in seconds. */
  readonly soakSeconds: number;
}

/**
 * The promotions that go on from a deployment; none from one that does not become healthy any more.
 *
 * @param records records of the route with the same tag
 */
export function nextPromotions(
  deployment: Deployment,
  targets: readonly PromotionTarget[],
  records: readonly Deployment[],
): readonly NextPromotion[] {
  const { state, update, health } = deployment;
  const digest = health?.digest ?? update.image.digest;
  const wanted = { tag: update.image.tag, ...(digest !== undefined && { digest }) };
  return targets.flatMap(({ environment, sources }) => {
    const { name, soakSeconds, takesPushes } = environment;
    const record = records.find((one) => one.update.environment === name);
    if (!record && !mayBecomeHealthy(state)) return [];
    const missing = sources.filter((source) => healthyIn(source, records, wanted, takesPushes).length === 0);
    return [
      { environment: name, sources: missing.map((source) => source.name), soakSeconds, ...(record && { record }) },
    ];
  });
}

function mayBecomeHealthy(state: Deployment['state']): boolean {
  return state === 'queued' || state === 'healthy' || isState(state, 'waiting') || state === 'degraded';
}
