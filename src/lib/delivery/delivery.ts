import type { FindOrigin } from '../builds/find-origin.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import type { PullRequests } from '../git/pull-requests.ts';
import type { Registry } from '../registry/registry.ts';
import type { Judge, JudgeSources } from '../promotion/judge.ts';
import type { WatchTip } from './drift/watch-tip.ts';
import type { NamedEnvironments } from './restore/named-environments.ts';
import type { MovedUpdate } from './moved-update.ts';
import type { JudgeRollback } from './judge-rollback.ts';
import type { ReadContents } from './read-contents.ts';
import type { IntentDeps } from './intents/intent-deps.ts';
import type { ReadFreezes } from './windows/read-freezes.ts';

/** Where a group of updates goes. */
export interface Target {
  readonly repository: GitOpsRepository;
  readonly branch: string | undefined;
  /** Names repository and branch in the store. */
  readonly key: string;
  /** `delivery: pull-request`: the proposal that replaces the push. */
  readonly proposal?: Proposal;
}

export interface Proposal {
  readonly pullRequests: PullRequests;
  /** The repository's URL in the route, and the key that identifies it. */
  readonly repositoryUrl: string;
  readonly repositoryKey: string;
  /** The source branch for a target branch. */
  readonly sourceFor: (target: string) => Promise<string>;
}

export interface DeliverDeps extends IntentDeps {
  readonly newId: () => string;
  readonly freezes: () => Promise<ReadFreezes>;
  /** Absent with `VERIFY_IMAGE=false`: then the event counts. */
  readonly registry?: Registry;
  /** Queues the update of the current digest of a moved tag. */
  readonly sendMoved: (update: MovedUpdate) => Promise<unknown>;
  /** Judges promotions. Without it, environments with `promoteFrom` are written as any other. */
  readonly judge?: Judge;
  /** Judges each source alone, for the statuses of promotions. */
  readonly judgeSources?: JudgeSources;
  /** Reads the source commits of updates, for the text of their pull request. */
  readonly readContents?: ReadContents;
  /** Absent without Azure DevOps: then `from` refuses every image. */
  readonly findOrigin?: FindOrigin;
  /** Absent where drift is not noted. */
  readonly watchTip?: WatchTip;
  /** Absent where no automatic rollback is delivered. */
  readonly judgeRollback?: JudgeRollback;
}

export interface PushDeps extends DeliverDeps {
  /** The name of this process. */
  readonly instance: string;
  /** How long a try waits for the push of another process before it searches history, in milliseconds. */
  readonly othersPushMs: number;
  readonly namedEnvironments: NamedEnvironments;
}
