/** The classes that a state can be in. */
interface StateClasses {
  /** Another delivery of the update writes nothing. `rejected` and `abandoned` are evaluated again by every delivery. */
  readonly ended: boolean;
  /** A commit of the deployment holds, or held, the value. */
  readonly committed: boolean;
  /** The deployment waits for its applications. */
  readonly waiting: boolean;
  /** Sync results can change it. */
  readonly settling: boolean;
  /** The deployment does not reach its goal without a person. */
  readonly failing: boolean;
  /** The deployment has reached its goal; without an application that is the commit. */
  readonly good: boolean;
}

const none: StateClasses = {
  ended: false,
  committed: false,
  waiting: false,
  settling: false,
  failing: false,
  good: false,
};
const inBranch: StateClasses = { ...none, ended: true, committed: true, settling: true };

const table = {
  queued: none,
  committed: { ...inBranch, waiting: true, good: true },
  'pull-request': { ...none, ended: true, waiting: true },
  syncing: { ...inBranch, waiting: true },
  healthy: { ...inBranch, good: true },
  degraded: { ...inBranch, failing: true },
  failed: { ...inBranch, failing: true },
  superseded: { ...none, ended: true, settling: true },
  rejected: { ...none, failing: true },
  abandoned: { ...none, failing: true },
  'rolled-back': { ...none, ended: true, committed: true, failing: true },
} as const satisfies Record<string, StateClasses>;

/** The states of a tag update between the push of its image and Healthy. */
export type DeploymentState = keyof typeof table;

export const deploymentStates = Object.keys(table) as [DeploymentState, ...DeploymentState[]];

/** Whether a state is in a class; false for a state of a newer version. */
export function isState(state: string, name: keyof StateClasses): boolean {
  return Object.hasOwn(table, state) && table[state as DeploymentState][name];
}
