import type { SourceCommit } from '../model/build.ts';

/** Commits of a repository that images are built from. Every method throws a `Failure` with a code. */
export interface SourceCommits {
  /** `undefined` where the repository does not have the commit, or the app may not read it. */
  readonly read: (commit: string) => Promise<SourceCommit | undefined>;
}
