import type { EnvironmentList } from '../deployments/list-environments.ts';
import type { EnvironmentOverview } from '../deployments/environment-overview.ts';
import type { Log } from '../model/log.ts';
import { updateKey } from '../model/tag-update.ts';
import type { RouteTable } from '../routes/route.ts';
import type { SendWork } from '../work/send-work.ts';
import type { PromotionJob } from './decide-promotions.ts';
import { hasPromotions, promotionsFrom } from './targets.ts';
import type { PromotionTarget } from './targets.ts';

export interface SweepDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly listEnvironments: () => Promise<EnvironmentList>;
  readonly send: SendWork;
}

/** Decisions of one run; the next run makes the others. */
const mostPerRun = 500;

/**
 * Decides once more on every environment that is behind a healthy source: for lost decisions, and for new sources in
 * the routes.
 */
export async function sweepPromotions(log: Log, { routes, listEnvironments, send }: SweepDeps): Promise<void> {
  const table = await routes();
  if (!hasPromotions(table)) return;
  const { environments } = await listEnvironments();
  const overviews = new Map(environments.map((overview) => [updateKey(overview), overview]));
  const decisions = environments.flatMap(({ route: name, environment, image, deployed }) => {
    const route = deployed?.state === 'healthy' ? table.match(image) : undefined;
    if (!deployed || route?.name !== name) return [];
    const isBehind = promotionsFrom(route, environment).some((target) =>
      waits(target, overviews.get(updateKey({ route: name, environment: target.environment.name })), deployed),
    );
    return isBehind ? [{ record: { id: deployed.id, route: name, environment } } satisfies PromotionJob] : [];
  });
  const sent = decisions.slice(0, mostPerRun);
  await Promise.all(sent.map((body) => send({ kind: 'promotion', body })));
  log('info', 'promotions-swept', { environments: environments.length, decisions: sent.length });
}

/** Whether an environment may still get the image of a source, or a pushed tag of it. */
function waits(
  { environment }: PromotionTarget,
  overview: EnvironmentOverview | undefined,
  { tag, digest }: NonNullable<EnvironmentOverview['deployed']>,
): boolean {
  if (environment.takesPushes) return overview !== undefined && (overview.queued > 0 || overview.next !== undefined);
  const { deployed } = overview ?? {};
  const isSameDigest = deployed?.digest === undefined || digest === undefined || deployed.digest === digest;
  return deployed?.tag !== tag || !isSameDigest;
}
