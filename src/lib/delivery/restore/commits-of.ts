import type { Commit, GitOpsRepository, Tip } from '../../git/repository.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { printable } from '../plan/commit-message.ts';

/**
 * The commits that changed the files of an environment and whose first line may be of an update of it, the oldest first.
 *
 * @param limit the number of commits of each file that are read
 */
export async function commitsOf(
  { update, environment }: ResolvedUpdate,
  { commit: tip }: Tip,
  limit: number,
  repository: Pick<GitOpsRepository, 'history'>,
): Promise<readonly Commit[]> {
  const found = new Map<string, Commit>();
  const own = `deploy(${printable(update.route)}): ${environment.name} `;
  for (const path of new Set(environment.update.map(({ file }) => file))) {
    const commits: Commit[] = [];
    const mayMatter = (line: string): boolean => mayName(own, line, environment);
    for await (const commit of repository.history(tip, path, limit, mayMatter)) commits.push(commit);
    for (const commit of commits.toReversed()) found.set(commit.commit, commit);
  }
  return [...found.values()];
}

/**
 * The commit of a single update names it in its first line, which a host may cut. A person can give a merged pull request
 * any first line.
 */
function mayName(own: string, line: string, { delivery }: ResolvedUpdate['environment']): boolean {
  if (line.startsWith('deploy(')) return own.startsWith(line) || line.startsWith(own);
  return line.includes('deploy') || delivery === 'pull-request';
}
