/**
 * A GitOps repository on any Git host. The only write is compare-and-swap on a branch's tip, so no lock is needed.
 * Every method throws a `Failure` with a code.
 */
export interface GitOpsRepository {
  /**
   * The branch's tip now; the repository's default branch where none is named.
   *
   * @throws {Failure} `branch-not-found`, `repository-not-found`, `sign-in-failed`, `service-unavailable` …
   */
  tip(branch: string | undefined): Promise<Tip>;
  /** Files as bytes at a commit, by path; a path that does not exist there is absent from the map. */
  read(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * The paths of the files below a folder at a commit; `''` is the root. Without links and submodules. Empty where the
   * folder does not exist.
   */
  list(commit: string, folder: string): Promise<readonly string[]>;
  /**
   * One commit on top of `base`, if `base` is still the tip.
   *
   * @throws {Failure} `branch-moved`: read and plan again. `answer-lost`: it may have happened; look before the next try.
   */
  push(push: Push): Promise<{ readonly commit: string }>;
  /**
   * Commits up to `commit` that changed the file or folder (`''`: all commits), the newest first, with whole messages. A Git
   * host's history is read some thousand commits deep at most. Those that `mayMatter` refuses count for the limit, and are
   * left out.
   */
  history(commit: string, path: string, limit: number, mayMatter?: MayMatter): AsyncIterable<Commit>;
  /**
   * Commits that `tip` has and `base` has not, the newest first, with whole messages. Those whose first line `mayMatter`
   * refuses may be left out, where reading a message costs a request.
   */
  above(base: string, tip: string, limit: number, mayMatter?: MayMatter): Promise<CommitsAbove>;
  /**
   * Whether a commit is another or lies below it. False as well where it lies some thousand commits deeper, if the Git
   * host does not answer that by itself.
   *
   * @throws {Failure} `branch-moved` where the repository does not have one of the two
   */
  isAncestor(ancestor: string, commit: string): Promise<boolean>;
  /**
   * Whether the Git host has shown that a commit does not lie below a tip. False where the history is not known as deep as
   * needed, so an answer of false proves nothing.
   *
   * @throws {Failure} `branch-moved` where the repository does not have one of the two, and that proves nothing
   */
  isOutside(commit: string, tip: string): Promise<boolean>;
  /**
   * Only where a push can make a branch again that somebody has deleted: removes the branch if the push of `commit` on
   * `base` did so and all above `base` is ours.
   *
   * @throws {Failure} `branch-not-found`, when it has removed it
   */
  undoRecreation?(push: RecreatingPush): Promise<void>;
}

/** A push that may have made its branch again. */
export interface RecreatingPush {
  readonly branch: string;
  readonly base: string;
  readonly commit: string;
  /** Whether tagrelay made another commit of the branch. */
  readonly isOurs: (commit: Commit) => Promise<boolean>;
}

export interface Tip {
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly commit: string;
}

export interface Push {
  readonly branch: string;
  /** The tip that the content was made from. */
  readonly base: string;
  readonly message: string;
  /** Whole new contents of files that exist at `base`. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** Whether tagrelay made another commit, where the push makes a deleted branch again; absent: it made no other. */
  readonly isOurs?: RecreatingPush['isOurs'];
}

export interface Commit {
  readonly commit: string;
  readonly message: string;
  readonly parents: readonly string[];
  /** The committer's time; anyone can set it. */
  readonly committedAt: Date;
  /** The author's name on one line; anyone can write it. */
  readonly author?: string;
}

/** Whether a commit with this first line, which a host may cut, can be of use. `commit` is its id. */
export type MayMatter = (firstLine: string, commit: string) => boolean;

export interface CommitsAbove {
  readonly commits: readonly Commit[];
  /** Everything above the base is there; else it lies deeper than the limit, or is not an ancestor. */
  readonly complete: boolean;
}
