/** A status of a commit or a pull request; the last one posted with a context is what people and policies see. */
export interface Status {
  readonly state: 'pending' | 'succeeded' | 'failed' | 'error' | 'notApplicable';
  readonly context: { readonly genre: string; readonly name: string };
  /** At most 140 characters: what the narrowest Git host takes. */
  readonly description: string;
  /** Where a person reads more. */
  readonly targetUrl?: string;
}

/** Statuses of a Git host that has them, beside its `GitOpsRepository`. Every method throws a `Failure`. */
export interface Statuses {
  /** @throws {Failure} `commit-not-found` where the repository has no such commit (any more) */
  postToCommit(commit: string, status: Status): Promise<void>;
  /** @throws {Failure} `pull-request-not-found` */
  postToPullRequest(number: number, status: Status): Promise<void>;
}
