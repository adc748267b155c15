import { isEnded, moveTo, queued } from '../../model/deployment.ts';
import type { Deployment, PullRequestLink } from '../../model/deployment.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import type { DeliverDeps } from '../delivery.ts';

type Ending = Pick<Deployment, 'code' | 'reason' | 'supersededBy'> & { readonly state: 'superseded' | 'rejected' };

/** Ends a record that was in the pull request; a record beyond that stays unchanged. */
export async function end(
  update: TagUpdate,
  repository: string,
  { state, ...details }: Ending,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  await store.update(update, (current) =>
    current && isEnded(current) && current.state !== 'pull-request'
      ? undefined
      : moveTo(current ?? queued(update, repository, now()), state, details, now()),
  );
}

/** The record of an update whose closed pull request was re-opened; a record that ended otherwise stays unchanged. */
export async function reopenRecord(
  update: TagUpdate,
  branch: string,
  { number, url }: PullRequestLink,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  await store.update(update, (current) =>
    current?.code === 'pull-request-closed'
      ? moveTo(current, 'pull-request', { branch, pullRequest: { number, url } }, now())
      : undefined,
  );
}
