import { decide } from '../delivery/plan/decide.ts';
import { planCommit } from '../delivery/plan/plan-commit.ts';
import { datePushes } from '../delivery/push-times.ts';
import { sendFirst } from '../delivery/send-first.ts';
import { holdByWindow } from '../delivery/windows/hold.ts';
import type { ReadFreezes } from '../delivery/windows/read-freezes.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { DeploymentStore, EnvironmentKey } from '../deployments/store.ts';
import { unifiedDiff } from '../edit/unified-diff.ts';
import type { Repositories } from '../git/repositories.ts';
import type { Clock } from '../model/clock.ts';
import { isEnded } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { healthyIn, sharedDigests, sourceCommitOf } from '../promotion/candidates.ts';
import type { WantedImage } from '../promotion/candidates.ts';
import type { Judge } from '../promotion/judge.ts';
import { listRecords } from '../promotion/list-records.ts';
import { promotedUpdate } from '../promotion/promoted-update.ts';
import { promotionInto } from '../promotion/targets.ts';
import type { PromotionTarget } from '../promotion/targets.ts';
import type { Registry } from '../registry/registry.ts';
import { findNamed, readPlace } from '../rollback/find-place.ts';
import { suggest } from '../routes/read/suggest.ts';
import type { RouteTable } from '../routes/route.ts';
import { inspect } from '../values/inspect.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { openedFiles } from '../values/read-files.ts';
import type { SendWork } from '../work/send-work.ts';

export interface OrderPromotionDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly repositories: Pick<Repositories, 'open'>;
  readonly store: DeploymentStore;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly judge: Judge;
  readonly freezes: () => Promise<ReadFreezes>;
  /** Absent with `VERIFY_IMAGE=false`. */
  readonly registry?: Registry;
  readonly send: SendWork;
  readonly now: Clock;
}

/** A promotion that a person orders. */
export interface PromotionOrder extends EnvironmentKey {
  /** The tag to promote; the newest that is healthy in every source if absent. */
  readonly tag?: string;
  /** It passes windows and freezes. */
  readonly isNow: boolean;
  readonly actor?: string;
  readonly reason: string;
}

/** A promotion, ready to be queued. */
export interface PlannedPromotion {
  readonly kind: 'planned';
  readonly update: TagUpdate;
  /** Why it waits, if a window or freeze is closed. */
  readonly held?: string;
  /** The commit as it would be made now. */
  readonly message: string;
  readonly diff: string;
  readonly repository: string;
  readonly branch: string;
}

export type PromotionRefusal =
  /** A name that does not exist, with the nearest one. */
  { readonly kind: 'unknown'; readonly reason: string } | { readonly kind: 'refused'; readonly reason: string };

/** Healthy records of a source that are read to find the newest image. */
const maxRecords = 100;

/**
 * Plans a promotion at the tip of its branch, and writes nothing. Sources are judged as for any promotion.
 *
 * @throws {Failure} of the Git host, the registry, the store or the editor
 */
export async function planPromotion(
  order: PromotionOrder,
  deps: OrderPromotionDeps,
): Promise<PlannedPromotion | PromotionRefusal> {
  const table = await deps.routes();
  const named = findNamed(table, order);
  if ('unknown' in named) return { kind: 'unknown', reason: named.unknown };
  const target = targetOf(table, named.image, order);
  if (!target) return refused(`${order.environment} has no \`promoteFrom\`, so nothing is promoted to it`);
  const found = await findUpdate(order, target, deps);
  if ('reason' in found) return found;
  const { actor, reason, isNow } = order;
  const ordered = { reason, now: isNow, ...(actor !== undefined && { actor }) };
  const update: TagUpdate = { ...found.update, cause: { kind: 'promotion', from: found.from, ordered } };
  return planAtTip({ update, environment: named.environment }, named, deps);
}

function targetOf(table: RouteTable, name: string, { environment }: EnvironmentKey): PromotionTarget | undefined {
  const slash = name.indexOf('/');
  const image = { registry: name.slice(0, slash), repository: name.slice(slash + 1), tag: '' };
  return promotionInto(table, { image, environment });
}

interface FoundUpdate {
  readonly update: TagUpdate;
  readonly from: readonly { readonly environment: string; readonly id: string }[];
}

/** The update of the ordered tag, or of the newest one that can go on. */
async function findUpdate(
  { route, environment, tag }: PromotionOrder,
  target: PromotionTarget,
  { index }: Pick<OrderPromotionDeps, 'index'>,
): Promise<FoundUpdate | PromotionRefusal> {
  const names = target.sources.map(({ name }) => name).join(' and ');
  if (target.environment.takesPushes) {
    const ofTag = { route, environment, ...(tag === undefined ? { state: 'queued' as const } : { tag }) };
    const { deployments } = await index.list(ofTag, { limit: maxRecords });
    const [pushed] = deployments;
    if (!pushed) return refused(`no push of ${tag ?? 'a tag'} waits in ${environment}; push the tag`);
    const { digest } = pushed.update.image;
    const commit = target.environment.sameSource ? sourceCommitOf(pushed) : undefined;
    const filter = commit === undefined ? digest !== undefined && { digest } : { source: commit };
    const records = filter === false ? [] : await listRecords(index, route, filter);
    const wanted = { ...(digest !== undefined && { digest }), ...(commit !== undefined && { commit }) };
    const from = sourcesOf(target, records, { tag: pushed.update.image.tag, ...wanted });
    return from.length === target.sources.length
      ? { update: pushed.update, from }
      : refused(`the image of ${pushed.update.image.tag} has not been healthy in ${names}`);
  }
  const [source] = target.sources;
  const tags = tag === undefined ? await healthyTags(route, source?.name ?? '', index) : [tag];
  for (const candidate of tags) {
    const records = await listRecords(index, route, { tag: candidate });
    const [digest] = sharedDigests(target.sources, records, candidate);
    const wanted = { tag: candidate, ...(digest !== undefined && { digest }) };
    const [healthy] = source ? healthyIn(source, records, wanted, false) : [];
    if (healthy) {
      const update = promotedUpdate(healthy, digest, records, target);
      if (update.cause.kind === 'promotion') return { update, from: update.cause.from };
    }
  }
  if (tag === undefined) return refused(`no image is healthy in ${names}`);
  const near = suggest(tag, await healthyTags(route, source?.name ?? '', index));
  const hint = near === undefined || near === tag ? '' : `; the nearest tag that was is ${near}`;
  return refused(`${tag} has not been healthy in ${names}${hint}`);
}

/** The tags that were healthy in a source, the newest deployment first. */
async function healthyTags(
  route: string,
  environment: string,
  index: Pick<DeploymentIndex, 'list'>,
): Promise<readonly string[]> {
  const { deployments } = await index.list({ route, environment, state: 'healthy' }, { limit: maxRecords });
  return [...new Set(deployments.map(({ update }) => update.image.tag))];
}

function sourcesOf(
  { sources }: PromotionTarget,
  records: readonly Deployment[],
  wanted: WantedImage,
): FoundUpdate['from'] {
  return sources.flatMap((source) => {
    const [record] = healthyIn(source, records, wanted, true);
    return record ? [{ environment: source.name, id: record.update.id }] : [];
  });
}

/** The commit of a promotion, or the reason against it. */
async function planAtTip(
  resolved: ResolvedUpdate,
  named: Parameters<typeof readPlace>[0],
  deps: OrderPromotionDeps,
): Promise<PlannedPromotion | PromotionRefusal> {
  const { update, environment } = resolved;
  const place = await readPlace(named, deps.repositories);
  const [record, mark, verdicts, { freezes }] = await Promise.all([
    deps.store.find(update),
    deps.store.findMark(update),
    deps.judge([resolved], { tip: place.tip, repository: place.repository }),
    deps.freezes(),
  ]);
  if (record?.code === 'pull-request-closed') {
    return refused(`its pull request was closed by a person; \`tagrelay replay --id ${update.id}\` proposes it again`);
  }
  if (record && isEnded(record)) return refused(`the deployment ${update.id} is ${record.state}`);
  const verdict = verdicts.get(update.id);
  if (verdict && verdict.kind !== 'promoted') return refused(verdict.reason);
  const isAtSources = verdict?.kind === 'promoted' && verdict.isAtSources;
  const inspection = inspect({ ...resolved, ...(isAtSources && { isAtSources }) }, place.files);
  if (inspection === 'ignored') return refused('the files do not use the image');
  const { registry, now } = deps;
  const times = await datePushes(place.tip, inspection, mark, { repository: place.repository, registry, now });
  const decision = decide(inspection, times, mark);
  if (decision.kind === 'superseded') return refused(decision.reason);
  if (decision.kind === 'up-to-date') return refused(`the files hold ${update.image.tag} already`);
  const plan = planCommit([inspection], openedFiles(place.files));
  const diff = plan.files.map(({ path, before, after }) => unifiedDiff(path, before, after)).join('');
  const held = holdByWindow(resolved, freezes, now())?.reason;
  return {
    kind: 'planned',
    update,
    ...(held !== undefined && { held }),
    message: plan.message,
    diff,
    repository: environment.repository,
    branch: place.tip.branch,
  };
}

/** Queues a planned promotion. The record keeps who ordered it. */
export async function queuePromotion(
  { update, repository }: PlannedPromotion,
  deps: Pick<OrderPromotionDeps, 'store' | 'send' | 'now'>,
): Promise<void> {
  await sendFirst(update, repository, deps);
}

function refused(reason: string): PromotionRefusal {
  return { kind: 'refused', reason };
}
