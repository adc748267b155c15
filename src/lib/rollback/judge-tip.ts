import type { RollbackPlace } from '../delivery/judge-rollback.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import { parseTrailers } from '../model/trailers.ts';
import type { Environment } from '../routes/route.ts';
import { findIntroduction } from '../values/find-introduction.ts';
import { heldText } from '../values/held-image.ts';
import { heldValue, tryInspect } from '../values/held-value.ts';
import type { Inspection } from '../values/inspect.ts';
import { readFiles } from '../values/read-files.ts';
import type { Committed, Refusal } from './committed.ts';
import * as conditions from './conditions.ts';

/** The value at the tip, if the deployment itself put it there. */
export async function judgeTip(
  deployment: Committed,
  environment: Environment,
  { tip, repository }: RollbackPlace,
): Promise<{ readonly from: string } | Refusal> {
  const resolved = { update: deployment.update, environment };
  const files = await readFiles(repository, tip.commit, [resolved]);
  const inspection = tryInspect(resolved, files);
  const other = conditions.tipval(heldValue(resolved, files));
  if (other !== undefined || !inspection) return { refused: other ?? 'the files do not use the image' };
  const commit = await findIntroduction(inspection, tip.commit, repository);
  const reason = conditions.putby(await isOwnCommit(deployment, environment, inspection, commit, repository), commit);
  return reason === undefined ? { from: heldText(inspection) } : { refused: reason };
}

/** Whether a commit that put the value there is the one of the deployment, or belongs to the proposal that was merged. */
async function isOwnCommit(
  { update, commit: recorded }: Committed,
  { delivery }: Environment,
  { changes: [change] }: Inspection,
  commit: string,
  repository: GitOpsRepository,
): Promise<boolean> {
  // Someone else commits there: the record names the commit.
  if (delivery === 'observe') return commit === recorded;
  // A copy of the commit has its trailer too, and lies above it.
  if (!change || !(await repository.isAncestor(commit, recorded))) return false;
  for await (const { message } of repository.history(commit, change.file, 1))
    return parseTrailers(message).some(({ id }) => id === update.id);
  return false;
}
