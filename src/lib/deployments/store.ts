import type { Log } from '../model/log.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { PushIntent, Deployment, Mark, MarkChange } from '../model/deployment.ts';
import type { SourceBranch } from '../model/source-branch.ts';

/** The key of a record. */
export type DeploymentKey = Pick<TagUpdate, 'id' | 'route' | 'environment'>;

export interface EnvironmentKey {
  readonly route: string;
  readonly environment: string;
}

/** A stored value and the version that was read; writing over another version is refused. */
export interface Stored<T> {
  readonly value: T;
  readonly etag: string;
}

/** A record as a list of an application had it, and the record to be. */
export interface ListedChange {
  readonly rowKey: string;
  /** The version of its row in the list, which each change of the record replaces. */
  readonly etag: string;
  readonly listed: Deployment;
  readonly next: Deployment;
}

/**
 * Records, marks and push intents. Every method throws a `Failure` `storage-unavailable` where the store does not
 * answer. A change maps the current value (or none) to the new one; `undefined` leaves it. It runs again after an ETag
 * conflict.
 */
export interface DeploymentStore {
  readonly find: (key: DeploymentKey) => Promise<Deployment | undefined>;
  readonly update: (
    key: DeploymentKey,
    change: (current: Deployment | undefined) => Deployment | undefined,
    /** `isNew`: probably there is none, so the first try inserts it without a read. */
    options?: { readonly isNew?: boolean },
  ) => Promise<void>;
  /**
   * Changes open records of an application, several in one transaction, unless they changed since they were listed.
   *
   * @returns which were written
   */
  readonly replaceListed: (application: string, changes: readonly ListedChange[]) => Promise<readonly boolean[]>;
  readonly remove: (key: DeploymentKey) => Promise<void>;
  readonly findMark: (key: EnvironmentKey) => Promise<Mark | undefined>;
  readonly updateMark: (
    key: EnvironmentKey,
    change: (current: Mark | undefined) => Mark | 'cleared' | undefined,
  ) => Promise<void>;
  /** Whether a missing mark is known to be right: Git has none, or a person changed it. */
  readonly isMarkKnown: (key: EnvironmentKey) => Promise<boolean>;
  /** Records that Git has no mark for an environment. */
  readonly recordNoMark: (
    key: EnvironmentKey,
    searched: { readonly at: string; readonly commit: string },
  ) => Promise<void>;
  readonly recordIntent: (intent: PushIntent) => Promise<void>;
  /** The push intents of a repository's branch that are not removed yet, the oldest first. */
  readonly intents: (target: string) => Promise<readonly PushIntent[]>;
  /** The push intents of every branch. */
  readonly allIntents: () => Promise<readonly PushIntent[]>;
  readonly removeIntent: (intent: Pick<PushIntent, 'id' | 'target'>) => Promise<void>;
  /** Every source branch with a pull request that has not ended, or with a push that was announced. */
  readonly sourceBranches: () => Promise<readonly SourceBranch[]>;
  readonly findSourceBranch: (key: string) => Promise<SourceBranch | undefined>;
  readonly updateSourceBranch: (
    key: string,
    change: (current: SourceBranch | undefined) => SourceBranch | 'cleared' | undefined,
  ) => Promise<void>;
}

/** Marks as people change them: each change is recorded, with its reason, before it is made. */
export interface MarkHistory {
  /**
   * Sets a mark, or clears it where none is given.
   *
   * @returns the mark that was there
   */
  readonly setMark: (
    key: EnvironmentKey,
    change: { readonly id: string; readonly at: string; readonly reason: string; readonly mark: Mark | undefined },
  ) => Promise<Mark | undefined>;
  /** The newest first. */
  readonly markHistory: (key: EnvironmentKey, limit: number) => Promise<readonly MarkChange[]>;
}

/** Runs work that writes a record, and afterwards the effects of the record if it changed. */
export type WithEffects = <T>(key: DeploymentKey, log: Log, work: () => Promise<T>) => Promise<T>;
