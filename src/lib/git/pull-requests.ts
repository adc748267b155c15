/**
 * Pull requests of a Git host that has them, beside its `GitOpsRepository`. Branches are named without `refs/heads/`.
 * Every method throws a `Failure` with a code; after `branch-moved` the caller starts again.
 */
export interface PullRequests {
  defaultBranch(): Promise<string>;
  /** The tip of a source branch, if there is one. */
  head(source: string): Promise<string | undefined>;
  /**
   * Puts one commit on a source branch, by compare-and-swap on its head.
   *
   * @throws {Failure} `branch-moved`; `answer-lost`: it may have happened
   */
  pushSource(push: SourcePush): Promise<{ readonly commit: string }>;
  /** Deletes a source branch, if it is still at this head. */
  removeSource(source: string, head: string): Promise<void>;
  /** The active pull request between two branches; with `any`, the last one where none is active. */
  find(source: string, target: string, state: 'active' | 'any'): Promise<PullRequest | undefined>;
  /** Every active one of the repository whose source branch begins so. */
  listActive(sourcePrefix: string): Promise<readonly PullRequest[]>;
  /** @throws {Failure} `pull-request-not-found` */
  get(number: number): Promise<PullRequest>;
  /** Turns the names of a route into what `open` and `equip` take. */
  findReviewers(names: readonly string[]): Promise<FoundReviewers>;
  /** @throws {Failure} `reviewer-unknown` where the host does not take one of the ids */
  open(request: NewPullRequest): Promise<PullRequest>;
  /**
   * Only where `open` cannot do it in the same step: gives an open pull request its labels and reviewers. May be repeated.
   *
   * @returns what the host refused, in sentences for people
   */
  equip?(number: number, wanted: Pick<NewPullRequest, 'labels' | 'reviewers'>): Promise<readonly string[]>;
  setText(number: number, text: PullRequestText): Promise<void>;
  /**
   * Has it completed by itself as soon as every policy is fulfilled; `undefined` switches that off.
   *
   * @returns why the host does not do so, for people
   */
  setAutoComplete(pullRequest: PullRequest, completion: Completion | undefined): Promise<string | undefined>;
  /**
   * Completes it now. The host merges after its answer.
   *
   * @returns why the host does not, for people: a policy, a missing vote
   * @throws {Failure} `branch-moved` where the head is another commit, or the pull request has ended
   */
  complete(number: number, completion: Completion): Promise<string | undefined>;
  abandon(number: number): Promise<void>;
}

export interface PullRequest {
  readonly number: number;
  /** For people. */
  readonly url: string;
  readonly state: 'active' | 'abandoned' | 'completed';
  readonly source: string;
  readonly target: string;
  /** Tip of the source branch, as far as the host has looked. */
  readonly head: string | undefined;
  /** Where it is completed: the commit on the target. */
  readonly mergeCommit: string | undefined;
  /** When it was completed; absent where the host does not say it. */
  readonly completedAt?: Date;
  readonly hasConflicts: boolean;
  readonly autoCompletes: boolean;
  /** Id or login of the identity that opened it. */
  readonly createdBy: string;
}

export interface SourcePush {
  readonly source: string;
  /** The head that is replaced; none creates the branch. */
  readonly from: string | undefined;
  /** The parent of the new commit: the head, or another commit, from which the branch is recreated. */
  readonly base: string;
  readonly message: string;
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
}

export interface FoundReviewers {
  readonly ids: readonly string[];
  /** Addresses that match no person, or several. */
  readonly unknown: readonly string[];
}

export interface PullRequestText {
  /** At most 400 characters. */
  readonly title: string;
  /** Markdown, at most 4,000 characters. */
  readonly description: string;
}

export interface NewPullRequest extends PullRequestText {
  readonly source: string;
  readonly target: string;
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
  readonly workItems: readonly number[];
  readonly draft: boolean;
}

export type MergeStrategy = 'squash' | 'noFastForward' | 'rebase' | 'rebaseMerge';

export interface Completion {
  readonly strategy: MergeStrategy;
  /** The message of the commit on the target. */
  readonly message: string;
  /** The head that may be completed; hosts accept it for auto-complete in part. */
  readonly head: string | undefined;
}
