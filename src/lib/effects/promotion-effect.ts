import type { Deployment } from '../model/deployment.ts';
import { imageName } from '../model/image-reference.ts';
import type { Log } from '../model/log.ts';
import type { PromotionJob } from '../promotion/decide-promotions.ts';
import { recordHealth } from '../promotion/record-health.ts';
import type { RecordHealthDeps } from '../promotion/record-health.ts';
import { promotionsFrom } from '../promotion/targets.ts';
import type { RouteTable } from '../routes/route.ts';
import type { RecordEffect } from './run-effects.ts';

export interface PromotionEffectDeps extends RecordHealthDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly decide: (job: PromotionJob, log: Log) => Promise<void>;
}

/** Has a record that became healthy promoted to the environments that name its own in `promoteFrom`. */
export function makePromotionEffect(deps: PromotionEffectDeps): RecordEffect {
  return async (deployment: Deployment, log) => {
    if (deployment.state !== 'healthy') return deployment;
    const { id, route: name, environment, image } = deployment.update;
    const route = (await deps.routes()).match(imageName(image));
    const source = route?.environments.find((one) => one.name === environment);
    if (!route || !source || route.name !== name || promotionsFrom(route, environment).length === 0) return deployment;
    const recorded = await recordHealth(deployment, source, deps);
    await deps.decide({ record: { id, route: name, environment } }, log);
    return recorded;
  };
}
