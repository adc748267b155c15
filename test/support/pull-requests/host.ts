/** A pull request as a person sees it, on whatever host. Branches are named without `refs/heads/`. */
export interface SeenPullRequest {
  readonly number: number;
  readonly state: 'active' | 'abandoned' | 'completed';
  readonly source: string;
  readonly target: string;
  readonly title: string;
  readonly description: string;
  readonly isDraft: boolean;
  readonly autoCompletes: boolean;
  readonly hasConflicts: boolean;
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
}

export interface CompleteOptions {
  readonly strategy?: 'merge' | 'squash' | 'rebase';
  readonly message?: string;
  readonly deletesBranch?: boolean;
}

/** A Git host with pull requests, and what people and accidents do there. */
export interface PullRequestHost {
  /** URL of pull request 1, as the app records it. */
  readonly firstUrl: string;
  /** URL of the repository, as routes name it. */
  readonly repository: string;
  readonly all: () => Promise<readonly SeenPullRequest[]>;
  readonly get: (number: number) => Promise<SeenPullRequest>;
  /** Every status that was posted on the head of a pull request, the oldest first: `genre/name succeeded: text`. */
  readonly statuses: (number: number) => Promise<readonly string[]>;
  /** As a person who merges it by the button. */
  readonly complete: (number: number, options?: CompleteOptions) => Promise<void>;
  readonly abandon: (number: number) => Promise<void>;
  readonly reopen: (number: number) => Promise<void>;
  readonly retarget: (number: number, branch: string) => Promise<void>;
  /** One request goes wrong: its answer is lost, before or after it is done. */
  readonly loseAnswer: (step: 'push' | 'open', when: 'before' | 'after') => void;
  /** The next request for pull requests finds the host down. */
  readonly failOnce: () => void;
  /** A merge into `main` needs an approval from now on. */
  readonly guard: () => Promise<void>;
  /** It needs none any more. */
  readonly unguard: () => Promise<void>;
}
