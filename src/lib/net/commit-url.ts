/** The page of a commit: Azure DevOps and GitHub have it below the repository's URL; other hosts have the same path. */
export function commitUrl(repository: string, commit: string): string {
  return `${repository.replace(/\/$/, '').replace(/\.git$/, '')}/commit/${commit}`;
}
