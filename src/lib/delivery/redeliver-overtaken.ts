import type { Mark } from '../model/deployment.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { PushDeps, Target } from './delivery.ts';
import type { Inspection, ResolvedUpdate } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';
import { isReplay, updateId } from '../model/tag-update.ts';

/**
 * Puts back a newer tag that a push has replaced. What is up to date writes nothing, so compare-and-swap does not guard it
 * against a push that is under way: under `newest`, a tag that is pushed again in that moment becomes the newest while an
 * older one takes its place. The pusher finds that out by the mark, which has become newer than what it has written.
 *
 * @param mark the mark that its commit did not raise
 */
export async function redeliverOvertaken(
  { resolved, currentTags }: Pick<Inspection, 'resolved' | 'currentTags'>,
  mark: Mark,
  commit: string,
  { repository }: Pick<Target, 'repository'>,
  { redeliver }: Pick<PushDeps, 'redeliver'>,
): Promise<void> {
  const { update, environment } = resolved;
  // A replay goes below the mark on purpose, and so does a mark that a person has set.
  if (!redeliver || isReplay(update) || mark.reason !== undefined || mark.commit === undefined) return;
  if (mark.commit === commit || currentTags.length !== 1 || currentTags[0] !== mark.tag) return;
  // Else the newer one came later, and whatever is there now is not ours to judge.
  if (!(await repository.isAncestor(mark.commit, commit))) return;
  const { digest: _digest, ...rest } = update.image;
  // A tag has no `+`, which the version of a chart may have.
  const image = {
    ...rest,
    tag: mark.tag.replaceAll('+', '_'),
    ...(mark.digest !== undefined && { digest: mark.digest }),
  };
  const id = updateId(update.route, update.environment, image, environment.update.some(writesDigest));
  await redeliver(id, policyTag(environment, update.image.tag));
}

/**
 * Puts back a digest whose update has ended, where the registry has moved the tag back to it since: the mark has the same
 * tag with the digest that came between, and was pushed earlier. A replica that lags tells an earlier time.
 */
export async function redeliverMoved(
  { update, environment, isCurrent }: ResolvedUpdate,
  mark: Mark | undefined,
  { redeliver }: Pick<PushDeps, 'redeliver'>,
): Promise<void> {
  if (!redeliver || isReplay(update) || isCurrent !== true || !environment.update.some(writesDigest)) return;
  const { tag, digest } = update.image;
  if (!mark || Date.parse(update.pushedAt) <= Date.parse(mark.pushedAt)) return;
  if (mark.tag !== policyTag(environment, tag) || mark.reason !== undefined) return;
  if (mark.digest !== undefined && mark.digest !== digest) await redeliver(update.id, mark.tag);
}
