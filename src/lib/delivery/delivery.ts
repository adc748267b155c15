import type { FindOrigin } from '../builds/find-origin.ts';
import type { GitOpsRepository } from '../git/repository.ts';
import type { PullRequests } from '../git/pull-requests.ts';
import type { Registry } from '../registry/registry.ts';
import type { IntentDeps } from './intents/reconcile.ts';

/** Where a group of updates goes. */
export interface Target {
  readonly repository: GitOpsRepository;
  readonly branch: string | undefined;
  /** Names repository and branch in the store. */
  readonly key: string;
  /** `delivery: pull-request`: where updates are proposed instead of pushed. */
  readonly proposal?: Proposal;
}

export interface Proposal {
  readonly pullRequests: PullRequests;
  /** The repository as the route has it, and what it is told apart by. */
  readonly repositoryUrl: string;
  readonly repositoryKey: string;
  /** The source branch, where the target is known. */
  readonly sourceFor: (target: string) => Promise<string>;
}

export interface DeliverDeps extends IntentDeps {
  readonly newId: () => string;
  /** Absent where registries are not asked (`VERIFY_IMAGE=false`): then the event counts. */
  readonly registry?: Registry;
  /** Absent where builds are not looked for: then `from` refuses everything. */
  readonly findOrigin?: FindOrigin;
}

export interface PushDeps extends DeliverDeps {
  /** Names this process among those that push. */
  readonly instance: string;
  /** Queues an update, by its id, once more, to replace one tag alone; absent where nothing is queued. */
  readonly redeliver?: (id: string, from: string) => Promise<unknown>;
  /** How long the announced push of another process is waited for before it is looked for in history, in milliseconds. */
  readonly othersPushMs: number;
}
