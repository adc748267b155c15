import type { Deployment } from './deployment.ts';
import { isState } from './deployment-states.ts';

/** Whether a record waits for its applications. */
export function isWaiting({ state }: Pick<Deployment, 'state'>): boolean {
  return isState(state, 'waiting');
}

/** Whether another tool deploys a record's image: nothing was written for it. */
export function isPreviewed({ edits }: Pick<Deployment, 'edits'>): boolean {
  return edits?.length === 0;
}

/** Whether a record is of a preview whose pull request was merged or closed: nothing runs it any more. */
export function isEndedPreview({ state, code, commit }: Pick<Deployment, 'state' | 'code' | 'commit'>): boolean {
  return state === 'superseded' && code === 'pull-request-closed' && commit === undefined;
}

/** Whether sync results can change a record: it has a commit, or none is made for it, and applications deploy it. */
export function mayBeSettled(deployment: Deployment): boolean {
  const { state, commit, edits, applications = [] } = deployment;
  if (isEndedPreview(deployment)) return false;
  const isDelivered = commit !== undefined || isPreviewed({ ...(edits && { edits }) });
  return isDelivered && applications.length > 0 && isState(state, 'settling');
}

/** Whether every application runs the image and is Synced. */
export function isSeenRunning({ applications = [], progress = {} }: Deployment): boolean {
  return applications.every((name) => progress[name]?.runs === true && progress[name].outOfSync !== true);
}

/** Whether a record is listed for the results of its applications. */
export function isOpen(deployment: Deployment): boolean {
  if (deployment.state === 'healthy' && isSeenRunning(deployment)) return false;
  return isWaiting(deployment) || mayBeSettled(deployment);
}
