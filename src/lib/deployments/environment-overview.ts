import { isState } from '../model/deployment-states.ts';
import { isEndedPreview } from '../model/is-open.ts';
import type { DeploymentBrief } from './environment-columns.ts';

/** An environment of a route now. */
export interface EnvironmentOverview {
  readonly route: string;
  readonly environment: string;
  /** `registry/repository`. */
  readonly image: string;
  /** The last deployment with a commit. */
  readonly deployed?: DeploymentBrief;
  /** The newest later deployment that is queued, proposed, rejected or abandoned. */
  readonly next?: DeploymentBrief;
  /** The number of queued deployments. */
  readonly queued: number;
}

/** Evaluates the last deployments of an environment by state, and its queued ones. */
export function overviewOf(
  key: Pick<EnvironmentOverview, 'route' | 'environment' | 'image'>,
  columns: readonly DeploymentBrief[],
  queued: readonly DeploymentBrief[],
): EnvironmentOverview {
  const deployed = lastDeployed(columns);
  const next = [...queued, ...columns.filter(isUndelivered)]
    .filter((brief) => isLater(brief, deployed))
    .toSorted(byKey)[0];
  return { ...key, ...(deployed && { deployed }), ...(next && { next }), queued: queued.length };
}

/**
 * The deployments in an overview whose state may be out of date: a deployment of an earlier commit has later written the
 * column of a state that they may have entered.
 */
export function staleIn(
  { deployed, next }: EnvironmentOverview,
  columns: readonly DeploymentBrief[],
): readonly DeploymentBrief[] {
  const isOverwritten = (shown: DeploymentBrief, isOther: (other: DeploymentBrief) => boolean): boolean =>
    columns.some((other) => other.id !== shown.id && other.updatedAt > shown.updatedAt && isOther(other));
  return [
    ...(deployed && isOverwritten(deployed, isCommitted) ? [deployed] : []),
    ...(next?.state === 'pull-request' && isOverwritten(next, (other) => !isState(other.state, 'committed'))
      ? [next]
      : []),
  ];
}

function lastDeployed(columns: readonly DeploymentBrief[]): DeploymentBrief | undefined {
  // A deployment stays in the columns of its earlier states, so an ended one can be in another column too.
  const ended = new Set(columns.filter(isEndedPreview).map(({ id }) => id));
  const [last] = columns
    .filter((brief) => isCommitted(brief) && !ended.has(brief.id))
    .toSorted((a, b) => byCommit(a, b) || byKey(a, b));
  if (!last) return undefined;
  return columns.filter(({ id }) => id === last.id).toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))[0];
}

function isCommitted({ committedAt }: DeploymentBrief): boolean {
  return committedAt !== undefined;
}

function isUndelivered({ state }: DeploymentBrief): boolean {
  return state === 'pull-request' || state === 'rejected' || state === 'abandoned';
}

function isLater(brief: DeploymentBrief, deployed: DeploymentBrief | undefined): boolean {
  if (deployed?.committedAt === undefined) return true;
  return brief.id !== deployed.id && (brief.state === 'queued' || brief.since > deployed.committedAt);
}

function byCommit({ committedAt: a = '' }: DeploymentBrief, { committedAt: b = '' }: DeploymentBrief): number {
  return a === b ? 0 : a < b ? 1 : -1;
}

/** The newest first. */
function byKey(a: DeploymentBrief, b: DeploymentBrief): number {
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}
