import type { GitApi } from 'azure-devops-node-api/GitApi.js';
import type { Commit, CommitsAbove, RecreatingPush } from '../repository.ts';

export interface RecreatedBranchDeps {
  readonly git: GitApi;
  readonly project: string;
  readonly repository: string;
  /** The commit of a branch; `undefined` where it does not exist. */
  readonly tipOf: (branch: string) => Promise<string | undefined>;
  readonly above: (base: string, tip: string, limit: number) => Promise<CommitsAbove>;
}

const zeroObjectId = '0'.repeat(40);
/** Pushes to the branch among which the one in question is looked for. */
const pushLimit = 100;
const historyLimit = 100;
const maxTries = 3;

/**
 * Whether the push that brought `commit` made the branch: Azure Repos makes a branch that somebody has deleted again,
 * from the old tip that the push names (Azure DevOps REST reference, Pushes).
 */
export async function wasMadeBy(
  commit: string,
  branch: string,
  { git, project, repository }: RecreatedBranchDeps,
): Promise<boolean> {
  const refName = `refs/heads/${branch}`;
  const pushes = await git.getPushes(repository, project, 0, pushLimit, { refName, includeRefUpdates: true });
  return pushes.some(({ refUpdates = [] }) =>
    refUpdates.some(
      ({ name, oldObjectId, newObjectId }) =>
        name === refName && newObjectId === commit && oldObjectId === zeroObjectId,
    ),
  );
}

/**
 * Removes the branch by compare-and-swap on its tip, as long as all above `base` is ours, as `commit` is.
 *
 * @returns `kept`: somebody else has built on it; `refused`: we may not delete branches
 */
export async function removeWhileOurs(
  { branch, base, commit, isOurs }: RecreatingPush,
  deps: RecreatedBranchDeps,
): Promise<'removed' | 'kept' | 'refused'> {
  const { git, project, repository, tipOf, above } = deps;
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const tip = await tipOf(branch);
    if (tip === undefined) return 'removed';
    const { commits, complete } = await above(base, tip, historyLimit);
    const others = commits.filter((one) => one.commit !== commit);
    if (!complete || !(await areAllOurs(others, isOurs))) return 'kept';
    const update = { name: `refs/heads/${branch}`, oldObjectId: tip, newObjectId: zeroObjectId };
    const [result] = await git.updateRefs([update], repository, project);
    if (result?.success === true) return 'removed';
  }
  return 'refused';
}

async function areAllOurs(commits: readonly Commit[], isOurs: RecreatingPush['isOurs']): Promise<boolean> {
  for (const commit of commits) if (!(await isOurs(commit))) return false;
  return true;
}
