import type { KnownBuild } from '../model/image-origin.ts';

/** A pull request of a source repository. */
export interface SourcePullRequest {
  readonly repository: string;
  readonly number: number;
}

/** The pull request that a build checked out, if it is one of a pull request. */
export function pullRequestOfBuild(
  build: Pick<KnownBuild, 'repository' | 'sourceBranch'> | undefined,
): SourcePullRequest | undefined {
  const [, number] = /^refs\/pull\/(\d+)\/(?:merge|head)$/.exec(build?.sourceBranch ?? '') ?? [];
  if (number === undefined || build?.repository === undefined) return undefined;
  return { repository: build.repository, number: Number(number) };
}
