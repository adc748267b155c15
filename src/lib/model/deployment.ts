import { deploymentStates, isState } from './deployment-states.ts';
import type { DeploymentState } from './deployment-states.ts';
import type { Drift } from './drift.ts';
import type { FailureCode } from './failure.ts';
import type { FileEdit } from './file-edit.ts';
import type { ScheduledRetry } from './scheduled-retry.ts';
import type { TagUpdate } from './tag-update.ts';
import type { KnownBuild, KnownSource } from './image-origin.ts';
import type { Health } from './health.ts';
import type { ProgressByApplication } from './progress.ts';

export { deploymentStates };
export type { DeploymentState };

/** A pull request, for people. */
export interface PullRequestLink {
  readonly number: number;
  readonly url: string;
}

/** A sync that tagrelay requested from Argo CD. */
export interface RequestedSync {
  /** ISO 8601. */
  readonly at: string;
  /** Why Argo CD refused it, for people. */
  readonly refused?: string;
}

export interface StateEntry {
  readonly state: DeploymentState;
  /** ISO 8601. */
  readonly at: string;
  readonly code?: FailureCode;
  /** Why the state began; a long one is cut. */
  readonly reason?: string;
  /** The account of Argo CD that started the sync that led to the state, for people. */
  readonly syncedBy?: string;
}

/** An update waits for an opening, for the sources of its promotion, or for the recovery before an automatic rollback. */
export const holders = ['window', 'promotion', 'rollback'] as const;

export type HeldBy = (typeof holders)[number];

/** The record of one tag update. */
export interface Deployment {
  /** Its push time is the first that an event named. */
  readonly update: TagUpdate;
  readonly state: DeploymentState;
  /** Every state, the oldest first. */
  readonly states: readonly StateEntry[];
  /** When the record last changed, ISO 8601. */
  readonly updatedAt: string;
  /** URL of the GitOps repository, as in the route. */
  readonly repository?: string;
  readonly branch?: string;
  /** The commit that put the value there, by tagrelay or by anyone else. */
  readonly commit?: string;
  /** `delivery: pull-request`: the pull request that proposed it. */
  readonly pullRequest?: PullRequestLink;
  /** The tag that was replaced. */
  readonly previous?: string;
  /** Why it was rejected or abandoned. */
  readonly code?: FailureCode;
  /** The reason for the state, for people. */
  readonly reason?: string;
  /** `queued`: the last attempt failed, and the next one is scheduled. */
  readonly retry?: ScheduledRetry;
  /** `queued`: what holds the update. */
  readonly heldBy?: HeldBy;
  /** `queued`: the update is held, and is planned again at this time at the latest, ISO 8601. */
  readonly heldUntil?: string;
  /** `queued`: the next opening of the windows that hold the update, ISO 8601. */
  readonly opensAt?: string;
  /**
   * `superseded`: the tag that replaced it, as tag policies read it, if known. `rejected`: `TAG@DIGEST` if the registry moved
   * its tag.
   */
  readonly supersededBy?: string;
  /** `delivery: observe`: the changes that it would have written. */
  readonly changes?: string;
  /** The same as a unified diff; a long one is cut. */
  readonly diff?: string;
  /** The build behind the image, if known. */
  readonly build?: KnownBuild;
  /** The source of the image: a fact if `build` is known, else a claim of its labels. */
  readonly source?: KnownSource;
  /** The edits that put the value there, by the route at that time: a route can change its files later. */
  readonly edits?: readonly FileEdit[];
  /** `[instance/]namespace/name` of every application that has to be healthy, by the route at that time. */
  readonly applications?: readonly string[];
  /** Its progress by sync results. */
  readonly progress?: ProgressByApplication;
  /** `healthy`: the facts on it that promotions need. */
  readonly health?: Health;
  /** `failed`, `degraded`: what `onFailure` did, or why it did nothing. */
  readonly recovery?: string;
  /** By application: the sync that tagrelay requested, once. */
  readonly syncs?: Readonly<Record<string, RequestedSync>>;
  /** `healthy`: a note for people. */
  readonly warning?: string;
  /** Side effects of the edit that a person should check, as aliases that follow an anchor. */
  readonly editWarnings?: readonly string[];
  /** With the last deployment of an environment: the files hold a value that tagrelay did not write. */
  readonly drift?: Drift;
  /** The version of this record whose effects are all done: see `recordVersion`. */
  readonly followed?: string;
}

/** The highest tag ever committed to an environment of a route; it stays through rollbacks and reverts. */
export interface Mark {
  readonly tag: string;
  readonly digest?: string;
  /** The commit that put it there. */
  readonly commit?: string;
  /** The push time that the decision compared, ISO 8601. */
  readonly pushedAt: string;
  /** The reason of the person who set it. */
  readonly reason?: string;
}

/** A change of a mark by a person; without `after` it was cleared. */
export interface MarkChange {
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
  readonly before?: Mark;
  readonly after?: Mark;
}

/** A push that may have happened: stored before the push, removed after its outcome is recorded. */
export interface PushIntent {
  readonly id: string;
  /** Repository and branch. */
  readonly target: string;
  /** The tip that the commit was made on. */
  readonly base: string;
  readonly updates: readonly TagUpdate[];
  /** ISO 8601. */
  readonly at: string;
  /** The process that pushes. */
  readonly by?: string;
}

/** Whether another delivery of the update writes nothing. `rejected` is evaluated again by every delivery. */
export function isEnded({ state }: Pick<Deployment, 'state'>): boolean {
  return isState(state, 'ended');
}

/** Whether another update has its place: a superseding one, or the one of the digest that the registry moved its tag to. */
export function isReplaced({ state, supersededBy }: Pick<Deployment, 'state' | 'supersededBy'>): boolean {
  return state === 'superseded' || (state === 'rejected' && supersededBy !== undefined);
}

/**
 * The record of an update whose value a commit holds. That outranks every outcome that wrote nothing. A record that has a
 * commit already keeps its state, also if another value has superseded it there.
 */
export function moveToCommitted(
  deployment: Deployment,
  details: Parameters<typeof moveTo>[2] & Pick<Deployment, 'commit'>,
  now: Date,
): Deployment | undefined {
  const wasCommitted = deployment.state === 'superseded' && deployment.progress !== undefined;
  return wasCommitted || isState(deployment.state, 'committed')
    ? undefined
    : moveTo(deployment, 'committed', details, now);
}

/** The image that superseded a deployment; its tag has `_` for the `+` of a version. */
export function supersedingImage(supersededBy: string): { readonly tag: string; readonly digest?: string } {
  const [tag = '', digest] = supersededBy.split('@');
  return { tag: tag.replaceAll('+', '_'), ...(digest !== undefined && { digest }) };
}

/** The place of a value and the applications that a record waits for, by the route of the moment. */
export function placeOf(
  environment:
    | { readonly repository: string; readonly update: readonly FileEdit[]; readonly application: readonly string[] }
    | undefined,
): Pick<Deployment, 'repository' | 'edits' | 'applications'> {
  if (!environment) return {};
  const { repository, update, application } = environment;
  return { repository, edits: update, ...(application.length > 0 && { applications: application }) };
}

/** A new record. */
export function queued(update: TagUpdate, repository: string, now: Date): Deployment {
  const at = now.toISOString();
  return { update, repository, state: 'queued', states: [{ state: 'queued', at }], updatedAt: at };
}

/** Each index row holds the states too. */
const longestEntryReason = 300;

/** The record in another state, without the details of the state before. */
export function moveTo(
  deployment: Deployment,
  state: DeploymentState,
  details: Pick<
    Deployment,
    | 'repository'
    | 'branch'
    | 'edits'
    | 'commit'
    | 'previous'
    | 'pullRequest'
    | 'applications'
    | 'code'
    | 'reason'
    | 'heldBy'
    | 'heldUntil'
    | 'opensAt'
    | 'supersededBy'
    | 'editWarnings'
    | 'changes'
    | 'diff'
  > &
    Pick<StateEntry, 'syncedBy'>,
  now: Date,
): Deployment {
  const {
    code: _code,
    reason: _reason,
    retry: _retry,
    heldBy: _holder,
    heldUntil: _held,
    opensAt: _opens,
    supersededBy: _by,
    changes: _changes,
    diff: _diff,
    drift,
    ...rest
  } = deployment;
  // Every other state comes of the deployment's own value.
  const stays = drift && state === 'superseded' ? { drift } : {};
  const at = now.toISOString();
  const { syncedBy, ...kept } = details;
  const entry = {
    state,
    at,
    ...(details.code !== undefined && { code: details.code }),
    ...(details.reason !== undefined && { reason: details.reason.slice(0, longestEntryReason) }),
    ...(syncedBy !== undefined && { syncedBy }),
  };
  const states = deployment.state === state ? deployment.states : [...deployment.states, entry];
  return { ...rest, ...stays, ...kept, state, states, updatedAt: at };
}
