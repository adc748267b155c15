import type { FailureCode } from './failure.ts';
import type { TagUpdate } from './tag-update.ts';
import type { KnownBuild, KnownSource } from './image-origin.ts';
import type { ProgressByApplication } from './progress.ts';

/** Where a tag update can be between the push of its image and Healthy. */
export const deploymentStates = [
  'queued',
  'committed',
  'pull-request',
  'syncing',
  'healthy',
  'degraded',
  'failed',
  'superseded',
  'rejected',
  'abandoned',
  'rolled-back',
] as const;

export type DeploymentState = (typeof deploymentStates)[number];

/** A pull request, for people. */
export interface PullRequestLink {
  readonly number: number;
  readonly url: string;
}

/** The record of one tag update. */
export interface Deployment {
  /** What was to be delivered; its push time is the first that an event named. */
  readonly update: TagUpdate;
  readonly state: DeploymentState;
  /** Every state with its time, ISO 8601, the first first. */
  readonly states: readonly { readonly state: DeploymentState; readonly at: string }[];
  /** When the record last changed, ISO 8601. */
  readonly updatedAt: string;
  /** URL of the GitOps repository, as the route has it. */
  readonly repository?: string;
  readonly branch?: string;
  /** The commit that put the value there, whoever wrote it. */
  readonly commit?: string;
  /** `delivery: pull-request`: where it was proposed. */
  readonly pullRequest?: PullRequestLink;
  /** The tag that was replaced. */
  readonly previous?: string;
  /** Why it was rejected or abandoned. */
  readonly code?: FailureCode;
  /** For people: why it is in this state. */
  readonly reason?: string;
  /**
   * `superseded`: the tag that took its place, as tag policies read it, where that is known; `TAG@DIGEST` where it is the
   * same tag, which the registry has moved.
   */
  readonly supersededBy?: string;
  /** `delivery: observe`: what would have been written. */
  readonly changes?: string;
  /** The same as a unified diff; the rest of a long one is left out. */
  readonly diff?: string;
  /** The build behind the image, where one is known. */
  readonly build?: KnownBuild;
  /** What the image was built from: a fact where `build` is there, else a claim of its labels. */
  readonly source?: KnownSource;
  /** `[instance/]namespace/name` of every application that has to be healthy, as the route had them. */
  readonly applications?: readonly string[];
  /** What sync results have shown of it. */
  readonly progress?: ProgressByApplication;
  /** `healthy`: what a person should know all the same. */
  readonly warning?: string;
  /** The version of this record from which everything that follows has been done: see `recordVersion`. */
  readonly followed?: string;
}

/** The highest tag ever committed to an environment of a route; it stays through rollbacks and reverts. */
export interface Mark {
  readonly tag: string;
  readonly digest?: string;
  /** The commit that put it there. */
  readonly commit?: string;
  /** The push time that it was judged by, ISO 8601. */
  readonly pushedAt: string;
  /** Why a person set it. */
  readonly reason?: string;
}

/** A change of a mark that a person asked for; without `after` it was cleared. */
export interface MarkChange {
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
  readonly before?: Mark;
  readonly after?: Mark;
}

/** A push that may have happened: stored before it is sent, removed when its outcome is recorded. */
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

const ended: ReadonlySet<DeploymentState> = new Set([
  'committed',
  'pull-request',
  'syncing',
  'healthy',
  'degraded',
  'failed',
  'superseded',
  'rolled-back',
]);

/** Whether another delivery of the update has nothing to write any more. `rejected` is judged anew by every delivery. */
export function isEnded({ state }: Deployment): boolean {
  return ended.has(state);
}

const committedOrBeyond: ReadonlySet<DeploymentState> = new Set([
  'committed',
  'syncing',
  'healthy',
  'degraded',
  'failed',
  'rolled-back',
]);

/**
 * The record of an update that stands in a commit. That outranks every outcome that wrote nothing; where the record has
 * a commit already, what came after it stays, be it that another value has superseded it there.
 */
export function moveToCommitted(
  deployment: Deployment,
  details: Parameters<typeof moveTo>[2] & Pick<Deployment, 'commit'>,
  now: Date,
): Deployment | undefined {
  const wasCommitted = deployment.state === 'superseded' && deployment.progress !== undefined;
  return wasCommitted || committedOrBeyond.has(deployment.state)
    ? undefined
    : moveTo(deployment, 'committed', details, now);
}

/** The image that took a deployment's place, as it was pushed: a tag holds no `+`, for which `_` stands there. */
export function supersedingImage(supersededBy: string): { readonly tag: string; readonly digest?: string } {
  const [tag = '', digest] = supersededBy.split('@');
  return { tag: tag.replaceAll('+', '_'), ...(digest !== undefined && { digest }) };
}

/** The applications that a record waits for from now on. */
export function applicationsOf(
  environment: { readonly application: readonly string[] } | undefined,
): Pick<Deployment, 'applications'> {
  return environment && environment.application.length > 0 ? { applications: environment.application } : {};
}

/** The record as it begins. */
export function queued(update: TagUpdate, repository: string, now: Date): Deployment {
  const at = now.toISOString();
  return { update, repository, state: 'queued', states: [{ state: 'queued', at }], updatedAt: at };
}

/** The record in another state; what that state says replaces what the one before said. */
export function moveTo(
  deployment: Deployment,
  state: DeploymentState,
  details: Pick<
    Deployment,
    | 'branch'
    | 'commit'
    | 'previous'
    | 'pullRequest'
    | 'applications'
    | 'code'
    | 'reason'
    | 'supersededBy'
    | 'changes'
    | 'diff'
  >,
  now: Date,
): Deployment {
  const { code: _code, reason: _reason, supersededBy: _by, changes: _changes, diff: _diff, ...rest } = deployment;
  const at = now.toISOString();
  const states = deployment.state === state ? deployment.states : [...deployment.states, { state, at }];
  return { ...rest, ...details, state, states, updatedAt: at };
}
