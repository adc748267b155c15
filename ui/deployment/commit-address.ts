/** The page of a commit, by the URL of its repository on Azure DevOps or GitHub; other hosts have the same path. */
export function commitAddress(repository: string | undefined, commit: string | undefined): string | undefined {
  if (repository === undefined || commit === undefined) return undefined;
  return `${repository.replace(/\/$/, '').replace(/\.git$/, '')}/commit/${commit}`;
}
