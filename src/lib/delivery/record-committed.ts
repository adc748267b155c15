import { moveToCommitted, placeOf, queued } from '../model/deployment.ts';
import type { Deployment, Mark } from '../model/deployment.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';
import type { DeliverDeps } from './delivery.ts';
import { recordRolledBack } from './record-rolled-back.ts';

export async function recordCommitted(
  { update, environment }: ResolvedUpdate,
  details: Pick<Deployment, 'commit' | 'branch' | 'previous' | 'pullRequest' | 'editWarnings' | 'diff'>,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  await store.update(update, (current) =>
    moveToCommitted(
      current ?? queued(update, environment.repository, now()),
      { ...details, ...placeOf(environment) },
      now(),
    ),
  );
  await recordRolledBack(update, { store, now });
}

/** The mark that a commit of an update raises. */
export function markOf({ update, environment }: ResolvedUpdate, commit: string): Mark & { readonly commit: string } {
  const { digest } = update.image;
  const tag = policyTag(environment, update.image.tag);
  return { tag, pushedAt: update.pushedAt, commit, ...(digest === undefined ? {} : { digest }) };
}
