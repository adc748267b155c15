import { Failure } from '../model/failure.ts';
import type { Outcome } from '../model/outcome.ts';
import { isOrdered } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { isEnded, moveTo, queued } from '../model/deployment.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { withOrigin } from '../model/with-origin.ts';
import type { ImageOrigin } from '../model/image-origin.ts';
import type { DeploymentStore } from './store.ts';

/**
 * Records that an update waits in its queue, unless it is known already.
 *
 * @param origin the build that a service hook named
 * @returns the update with the push time that its first event named: of one id, the first time counts
 */
export async function recordQueued(
  update: TagUpdate,
  repository: string,
  store: DeploymentStore,
  now: Date,
  origin: ImageOrigin = {},
): Promise<TagUpdate> {
  let known = update;
  const change = (current: Deployment | undefined): Deployment | undefined => {
    if (current) known = current.update;
    const record = current ?? queued(update, repository, now);
    const learnt = origin.build && withOrigin(record, origin, now);
    return learnt ?? (current ? undefined : record);
  };
  await store.update(update, change, { isNew: true });
  return known;
}

/** Records an update that was given up after 24 h of trying. */
export async function recordAbandoned(
  update: TagUpdate,
  { code, message }: Failure,
  store: DeploymentStore,
  now: Date,
): Promise<void> {
  await store.update(update, (current) =>
    current && isEnded(current)
      ? undefined
      : moveTo(current ?? queued(update, '', now), 'abandoned', { code, reason: message }, now),
  );
}

/**
 * Records how a delivery ended, where it wrote nothing: what wrote a commit is recorded before its announcement is
 * withdrawn. No outcome takes the place of a commit.
 */
export async function recordOutcome(
  update: TagUpdate,
  outcome: Outcome,
  store: DeploymentStore,
  now: Date,
): Promise<void> {
  if (outcome.kind === 'ignored') return recordIgnored(update, outcome, store, now);
  // Another delivery of what has ended: what follows from it may not have been announced.
  if (outcome.kind === 'done-before') return store.update(update, () => undefined);
  if (outcome.kind === 'held') return recordHeld(update, outcome, store, now);
  if (outcome.kind === 'refused') return recordRefused(update, outcome, store, now);
  const ending = endOf(outcome);
  if (!ending) return undefined;
  const { state, ...details } = ending;
  return store.update(update, (current) =>
    current && isEnded(current) ? undefined : moveTo(current ?? queued(update, '', now), state, details, now),
  );
}

/** Nothing was expected of a push that no file has a place for. An order has been answered with its id, so it shows its end. */
async function recordIgnored(
  update: TagUpdate,
  { reason = 'the files do not use the image' }: Extract<Outcome, { readonly kind: 'ignored' }>,
  store: DeploymentStore,
  now: Date,
): Promise<void> {
  if (!isOrdered(update)) return store.remove(update);
  const details = { code: 'image-not-found', reason } as const;
  return store.update(update, (current) =>
    current && isEnded(current) ? undefined : moveTo(current ?? queued(update, '', now), 'rejected', details, now),
  );
}

/**
 * Records that an update is held, if the record has not changed since the plan.
 *
 * @throws {Failure} `branch-moved` if it has changed: plan again
 */
async function recordHeld(
  update: TagUpdate,
  { heldBy, reason, until, opensAt, seen }: Extract<Outcome, { readonly kind: 'held' }>,
  store: DeploymentStore,
  now: Date,
): Promise<void> {
  await store.update(update, (current) => {
    checkUnchanged(update, current, seen);
    if (current?.state === 'queued' && current.reason === reason && current.heldUntil === until) return undefined;
    return moveTo(
      current ?? queued(update, '', now),
      'queued',
      { heldBy, reason, heldUntil: until, ...(opensAt !== undefined && { opensAt }) },
      now,
    );
  });
}

/**
 * Records that the sources refuse a promotion, if the record has not changed since the plan.
 *
 * @throws {Failure} `branch-moved` if it has changed: plan again
 */
async function recordRefused(
  update: TagUpdate,
  { code, reason, seen }: Extract<Outcome, { readonly kind: 'refused' }>,
  store: DeploymentStore,
  now: Date,
): Promise<void> {
  await store.update(update, (current) => {
    checkUnchanged(update, current, seen);
    if (current?.state === 'rejected' && current.code === code && current.reason === reason) return undefined;
    return moveTo(current ?? queued(update, '', now), 'rejected', { code, reason }, now);
  });
}

function checkUnchanged({ id }: TagUpdate, current: Deployment | undefined, seen: string | undefined): void {
  if (current?.updatedAt === seen) return;
  throw new Failure('branch-moved', `The record of ${id} changed while the update was planned.`);
}

function endOf(
  outcome: Outcome,
):
  | ({ state: DeploymentState } & Pick<
      Deployment,
      'code' | 'reason' | 'supersededBy' | 'changes' | 'diff' | 'editWarnings'
    >)
  | undefined {
  switch (outcome.kind) {
    case 'superseded':
      return { state: 'superseded', reason: outcome.reason, supersededBy: outcome.by };
    case 'observed':
      return {
        state: 'queued',
        changes: outcome.changes,
        diff: outcome.diff,
        ...(outcome.warnings && { editWarnings: outcome.warnings }),
      };
    case 'failed':
      if (outcome.failure.kind === 'retryable') return undefined;
      return { state: 'rejected', code: outcome.failure.code, reason: outcome.failure.message };
    case 'committed':
    case 'pull-request':
    case 'up-to-date':
    case 'awaited':
    case 'tag-moved':
    case 'done-before':
    case 'ignored':
    case 'held':
    case 'refused':
      return undefined;
    default:
      return outcome satisfies never;
  }
}
