import { planCommit } from '../delivery/plan/plan-commit.ts';
import { sendFirst } from '../delivery/send-first.ts';
import type { DeploymentStore, EnvironmentKey } from '../deployments/store.ts';
import { unifiedDiff } from '../edit/unified-diff.ts';
import type { Repositories } from '../git/repositories.ts';
import { parseTrailers } from '../model/trailers.ts';
import { orderedRollbackId } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { RouteTable } from '../routes/route.ts';
import { findIntroduction } from '../values/find-introduction.ts';
import { heldImage, heldText } from '../values/held-image.ts';
import { inspectHeld } from '../values/inspect-held.ts';
import { inspect, isUpToDate } from '../values/inspect.ts';
import type { Inspection } from '../values/inspect.ts';
import { openedFiles } from '../values/read-files.ts';
import type { SendWork } from '../work/send-work.ts';
import { findNamed, readPlace } from './find-place.ts';
import type { Place } from './find-place.ts';
import { findLastHealthy, findTag } from './find-value.ts';
import type { FindValueDeps } from './find-value.ts';

export interface OrderRollbackDeps extends FindValueDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly repositories: Pick<Repositories, 'open'>;
  readonly store: DeploymentStore;
  readonly send: SendWork;
  readonly newId: () => string;
}

/** A rollback that a person orders. */
export interface RollbackOrder extends EnvironmentKey {
  /** The tag to go back to; the last healthy one if absent. */
  readonly to?: string;
  readonly actor?: string;
  readonly reason: string;
}

/** A rollback, ready to be queued. */
export interface PlannedRollback {
  readonly kind: 'planned';
  readonly update: TagUpdate;
  /** The value that it reverts. */
  readonly from: string;
  /** The commit as it would be made now. */
  readonly message: string;
  readonly diff: string;
  readonly repository: string;
  readonly branch: string;
}

export type RollbackRefusal =
  /** A name that does not exist, with the nearest one. */
  { readonly kind: 'unknown'; readonly reason: string } | { readonly kind: 'refused'; readonly reason: string };

/**
 * Plans a rollback at the tip of its branch, and writes nothing.
 *
 * @throws {Failure} of the Git host, the registry, the store or the editor
 */
export async function planRollback(
  { route, environment: name, to, actor, reason }: RollbackOrder,
  deps: OrderRollbackDeps,
): Promise<PlannedRollback | RollbackRefusal> {
  const named = findNamed(await deps.routes(), { route, environment: name });
  if ('unknown' in named) return { kind: 'unknown', reason: named.unknown };
  const place = await readPlace(named, deps.repositories);
  const current = inspectHeld({ ...place, route }, place.files);
  const from = heldText(current);
  const held = heldImage(current) ?? current.resolved.update.image;
  const { environment } = place;
  const wanted = { route, environment, held };
  const value = to === undefined ? await findLastHealthy(wanted, deps) : await findTag(to, wanted, deps);
  if ('unknown' in value) return { kind: 'unknown', reason: value.unknown };
  if ('refused' in value) return { kind: 'refused', reason: value.refused };
  const of = await findOwner(current, place, route, deps);
  const update: TagUpdate = {
    id: orderedRollbackId(deps.newId()),
    route,
    environment: name,
    ...value,
    cause: {
      kind: 'rollback',
      ...(of !== undefined && { of }),
      automatic: false,
      ...(actor !== undefined && { actor }),
      reason,
      from,
    },
  };
  const inspection = inspect({ update, environment }, place.files);
  if (inspection === 'ignored') return { kind: 'refused', reason: 'the files do not use the image' };
  if (isUpToDate(inspection)) return { kind: 'refused', reason: `the files hold ${from} already` };
  const plan = planCommit([inspection], openedFiles(place.files));
  const diff = plan.files.map(({ path, before, after }) => unifiedDiff(path, before, after)).join('');
  const { repository } = environment;
  return { kind: 'planned', update, from, message: plan.message, diff, repository, branch: place.tip.branch };
}

/** Queues a planned rollback. */
export async function queueRollback(
  { update, repository }: PlannedRollback,
  deps: Pick<OrderRollbackDeps, 'store' | 'send' | 'now'>,
): Promise<void> {
  await sendFirst(update, repository, deps);
}

/**
 * The id of the deployment that put the value there, by the trailer of its commit and its record: anyone can write a
 * trailer.
 */
async function findOwner(
  current: Inspection,
  { tip, repository }: Place,
  route: string,
  { store }: Pick<OrderRollbackDeps, 'store'>,
): Promise<string | undefined> {
  const image = heldImage(current);
  if (!image) return undefined;
  const { update, environment } = current.resolved;
  const resolved = { environment, update: { ...update, image } };
  const commit = await findIntroduction({ ...current, resolved }, tip.commit, repository);
  const [file] = current.changes;
  if (!file) return undefined;
  for await (const found of repository.history(commit, file.file, 1)) {
    const trailers = parseTrailers(found.message);
    const own = trailers.find((one) => one.route === route && one.environment === environment.name);
    const record = own && (await store.find(own));
    return record && (record.commit === found.commit || record.pullRequest) ? record.update.id : undefined;
  }
  return undefined;
}
