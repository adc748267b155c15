const login = /^@?[A-Za-z0-9][A-Za-z0-9_-]*(?:\[bot\])?$/;
const team = /^@?([A-Za-z0-9][A-Za-z0-9_-]*)\/([A-Za-z0-9][A-Za-z0-9._-]*)$/;

/**
 * The reason why a name cannot be a reviewer on GitHub, as a clause after the name; a login or a team can be.
 * GitHub checks whether it exists and may see the repository when a review is requested.
 */
export function reviewerProblem(name: string, owner: string): string | undefined {
  if (login.test(name)) return undefined;
  const organization = team.exec(name)?.[1];
  if (organization === undefined) return 'is neither a login nor a team; expected octocat or contoso/release';
  return organization.toLowerCase() === owner.toLowerCase()
    ? undefined
    : `is a team of another organization than ${owner}, which has the repository`;
}

/** Logins unchanged, teams as `organization/team`. */
export function readReviewers(
  names: readonly string[],
  owner: string,
): {
  readonly ids: readonly string[];
  readonly unknown: readonly string[];
} {
  const ids = names.filter((name) => reviewerProblem(name, owner) === undefined);
  return {
    ids: [...new Set(ids.map((name) => name.replace(/^@/, '')))],
    unknown: names.filter((name) => reviewerProblem(name, owner) !== undefined),
  };
}

/** The body of "Request reviewers for a pull request". */
export function reviewRequest(ids: readonly string[]): {
  readonly reviewers: readonly string[];
  readonly team_reviewers: readonly string[];
} {
  return {
    reviewers: ids.filter((id) => !id.includes('/')),
    team_reviewers: ids.flatMap((id) => team.exec(id)?.[2] ?? []),
  };
}
