import { z } from 'zod';
import { updateIdPattern } from '../model/update-cause.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import { isEnded } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import { imageName } from '../model/image-reference.ts';
import type { Log } from '../model/log.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { Registry } from '../registry/registry.ts';
import type { RouteTable } from '../routes/route.ts';
import { parseBody } from '../work/parse-body.ts';
import type { SendWork } from '../work/send-work.ts';
import type { JobHandler } from '../work/worker.ts';
import { sharedDigests, sourceCommitOf } from './candidates.ts';
import { listRecords } from './list-records.ts';
import { promotedUpdate } from './promoted-update.ts';
import { isPinned, promotionsFrom } from './targets.ts';
import type { PromotionTarget } from './targets.ts';

/** The body of a job of the kind `promotion`: a healthy record. */
export const promotionJobSchema = z.object({
  record: z.object({ id: z.string().regex(updateIdPattern), route: z.string().min(1), environment: z.string().min(1) }),
});

export type PromotionJob = z.infer<typeof promotionJobSchema>;

export interface DecidePromotionsDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly store: Pick<DeploymentStore, 'find'>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  /** Absent with `VERIFY_IMAGE=false`. */
  readonly registry?: Pick<Registry, 'lookUp'>;
  readonly send: SendWork;
}

/**
 * Jobs of the kind `promotion`: decides which environments a healthy image is promoted to. A decision only sends the update;
 * the plan of the update makes its record and judges it.
 */
export function makeDecidePromotions(deps: DecidePromotionsDeps): JobHandler {
  return {
    async run(body, { log }) {
      const { record } = parseBody(body, promotionJobSchema, 'a decision on promotions');
      const healthy = await deps.store.find(record);
      if (healthy?.state === 'healthy') await decidePromotions(healthy, log, deps);
    },
  };
}

/** Sends the updates that may go on because a record is healthy. */
export async function decidePromotions(healthy: Deployment, log: Log, deps: DecidePromotionsDeps): Promise<void> {
  const { image, environment, route: name } = healthy.update;
  const route = (await deps.routes()).match(imageName(image));
  const promotions = route?.name === name ? promotionsFrom(route, environment) : [];
  const own = promotions.filter((promotion) => promotion.environment.takesPushes);
  const plain = promotions.filter((promotion) => !promotion.environment.takesPushes);
  const commit = own.some((one) => one.environment.sameSource) ? sourceCommitOf(healthy) : undefined;
  const isByDigest = own.some((one) => one.environment.sameSource !== true);
  const [byTag, byDigest, byCommit] = await Promise.all([
    plain.length === 0 ? [] : listRecords(deps.index, name, { tag: image.tag }),
    !isByDigest || healthy.health?.digest === undefined
      ? []
      : listRecords(deps.index, name, { digest: healthy.health.digest }),
    commit === undefined ? [] : listRecords(deps.index, name, { source: commit }),
  ]);
  const ofCommit = byCommit.filter((record) => sourceCommitOf(record) === commit);
  const updates = [
    ...(await Promise.all(plain.map((promotion) => newUpdates(healthy, byTag, promotion, deps)))).flat(),
    ...own.flatMap((promotion) => waitingUpdates(promotion.environment.sameSource ? ofCommit : byDigest, promotion)),
  ];
  for (const update of updates) {
    await deps.send({ kind: 'tag-update', body: update });
    const { id, route: ofRoute, environment: to } = update;
    log('info', 'promoted', { route: ofRoute, environment: to, update: id, tag: update.image.tag, from: environment });
  }
}

/** The updates of an environment without `tags`: one for each digest that all its sources have healthy. */
async function newUpdates(
  healthy: Deployment,
  records: readonly Deployment[],
  promotion: PromotionTarget,
  deps: DecidePromotionsDeps,
): Promise<readonly TagUpdate[]> {
  const shared = sharedDigests(promotion.sources, records, healthy.update.image.tag);
  const digests = await Promise.all(
    // An unknown digest is judged too: its record shows why it is not promoted.
    shared.map(
      async (digest) => digest ?? (isPinned(promotion.environment) ? currentDigest(healthy, deps) : undefined),
    ),
  );
  return [...new Set(digests)]
    .map((digest) => promotedUpdate(healthy, digest, records, promotion))
    .filter(({ id }) => mayGoOn(records.find(({ update }) => update.id === id)));
}

/** The updates of pushed tags that wait for their digest, or their source commit, to become healthy. */
function waitingUpdates(records: readonly Deployment[], { environment }: PromotionTarget): readonly TagUpdate[] {
  return records
    .filter(({ update }) => update.environment === environment.name)
    .filter((record) => mayGoOn(record))
    .map(({ update }) => update);
}

/** Whether a record can still change. A pull request that a person closed is not decided again. */
function mayGoOn(record: Deployment | undefined): boolean {
  return record === undefined || (!isEnded(record) && record.code !== 'pull-request-closed');
}

async function currentDigest({ update }: Deployment, { registry }: DecidePromotionsDeps): Promise<string | undefined> {
  return registry ? (await registry.lookUp(update.image, { awaitReplicas: false }))?.digest : update.image.digest;
}
