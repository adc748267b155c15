/** Where the source of a build is. */
export interface BuildRepository {
  readonly id: string;
  /** `TfsGit` is Azure Repos. */
  readonly type: 'TfsGit' | 'GitHub' | 'GitHubEnterprise' | 'Bitbucket' | 'Git';
  readonly name: string;
  readonly url: string;
}

export type BuildReason = 'manual' | 'individualCI' | 'batchedCI' | 'schedule' | 'pullRequest' | 'resourceTrigger';
export type BuildResult = 'succeeded' | 'partiallySucceeded' | 'failed' | 'canceled';

/** A commit that a build is the first to have. */
export interface BuildChange {
  readonly id: string;
  readonly message: string;
}

/** The current state of one stage of a run. */
export interface Stage {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly state: 'notStarted' | 'waiting' | 'running' | 'completed';
  readonly result?: 'succeeded' | 'failed' | 'canceled' | 'rejected' | 'skipped';
  readonly startTime?: Date;
  readonly finishTime?: Date;
}

/** A run of a pipeline, as Azure DevOps knows it. Enums have the service's own names. */
export interface Build {
  readonly organization: string;
  readonly project: string;
  readonly projectId: string;
  readonly id: number;
  readonly buildNumber: string;
  readonly status: 'notStarted' | 'inProgress' | 'completed';
  readonly result?: BuildResult;
  readonly definition: { readonly id: number; readonly name: string };
  readonly repository: BuildRepository;
  /** Full name of a ref; of a pull request build `refs/pull/7/merge`. */
  readonly sourceBranch: string;
  readonly sourceVersion: string;
  readonly reason: BuildReason;
  /** The trigger: for a pull request build `pr.number`, `pr.sourceBranch`, `pr.targetBranch` and others. */
  readonly triggerInfo: Readonly<Record<string, string>>;
  readonly queueTime: Date;
  readonly startTime?: Date;
  readonly finishTime?: Date;
  readonly tags: readonly string[];
  readonly planId: string;
  readonly stages: readonly Stage[];
  /** The newest first. */
  readonly changes: readonly BuildChange[];
}
