import type { Mark } from '../model/deployment.ts';
import { writesDigest } from '../model/file-edit.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import type { IntentDeps } from './intents/intent-deps.ts';
import type { Inspection, ResolvedUpdate } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';
import { ignoresMark, updateId } from '../model/tag-update.ts';

/**
 * Delivers a newer tag again that a push has replaced. An up-to-date update writes nothing, so compare-and-swap does not
 * protect it against a concurrent push: under `newest`, a tag that is pushed again at that moment becomes the newest while
 * an older tag replaces it. The pusher detects this by the mark, which has become newer than the tag that it wrote.
 *
 * @param mark the mark that its commit did not raise
 */
export async function redeliverOvertaken(
  { resolved, currentTags }: Pick<Inspection, 'resolved' | 'currentTags'>,
  mark: Mark,
  commit: string,
  repository: Pick<GitOpsRepository, 'isAncestor'>,
  { redeliver }: Pick<IntentDeps, 'redeliver'>,
): Promise<void> {
  const { update, environment } = resolved;
  // A replay or a rollback goes below the mark on purpose, and so does a mark that a person has set.
  if (!redeliver || ignoresMark(update) || mark.reason !== undefined || mark.commit === undefined) return;
  if (mark.commit === commit || currentTags.length !== 1 || currentTags[0] !== mark.tag) return;
  // Else the newer tag came later, and the value in the file is correct.
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
 * Delivers a digest again whose update has ended, if the registry has moved the tag back to it since: the mark has the same
 * tag with the digest in between, and an earlier push time. (The time of a lagging replica is not later.)
 */
export async function redeliverMoved(
  { update, environment, isCurrent }: ResolvedUpdate,
  mark: Mark | undefined,
  { redeliver }: Pick<IntentDeps, 'redeliver'>,
): Promise<void> {
  if (!redeliver || ignoresMark(update) || isCurrent !== true || !environment.update.some(writesDigest)) return;
  const { tag, digest } = update.image;
  if (!mark || Date.parse(update.pushedAt) <= Date.parse(mark.pushedAt)) return;
  if (mark.tag !== policyTag(environment, tag) || mark.reason !== undefined) return;
  if (mark.digest !== undefined && mark.digest !== digest) await redeliver(update.id, mark.tag);
}
