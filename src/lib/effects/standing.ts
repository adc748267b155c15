import { isState } from '../model/deployment-states.ts';
import { isPreviewed } from '../model/is-open.ts';
import { isReplaced } from '../model/deployment.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import type { Progress } from '../model/progress.ts';
import type { Status } from '../git/statuses.ts';

/** The state of a deployment in one context of a commit, a pull request or a build. */
export interface Standing {
  readonly state: Status['state'];
  /** If several deployments share a context, the highest is shown. */
  readonly weight: number;
  readonly text: string;
  /** A page with details. */
  readonly url?: string;
}

const standings = {
  failed: { state: 'failed', weight: 6 },
  rejected: { state: 'failed', weight: 6 },
  abandoned: { state: 'error', weight: 6 },
  degraded: { state: 'failed', weight: 5 },
  'rolled-back': { state: 'failed', weight: 5 },
  queued: { state: 'pending', weight: 4 },
  'pull-request': { state: 'pending', weight: 4 },
  committed: { state: 'pending', weight: 4 },
  syncing: { state: 'pending', weight: 4 },
  healthy: { state: 'succeeded', weight: 3 },
  superseded: { state: 'notApplicable', weight: 1 },
} as const satisfies Record<DeploymentState, Pick<Standing, 'state' | 'weight'>>;

/** The state of a deployment over all of its applications. */
export function overallStanding(deployment: Deployment, hasApplication: boolean): Standing {
  return hasApplication
    ? { ...standings[shownState(deployment)], text: textOf(deployment) }
    : standingOf(deployment, undefined);
}

/** The state of a deployment in one application. Without an application the commit is the end. */
export function standingOf(deployment: Deployment, application: string | undefined): Standing {
  const { state, update } = deployment;
  const { tag } = update.image;
  if (application === undefined && state === 'committed') {
    return { state: 'succeeded', weight: standings.healthy.weight, text: `${tag} is committed` };
  }
  if (application === undefined || !isState(state, 'settling'))
    return { ...standings[shownState(deployment)], text: textOf(deployment) };
  const progress = deployment.progress?.[application];
  if (!progress) {
    const done = isPreviewed(deployment) ? 'is pushed' : 'is committed';
    return { ...standings.committed, text: `${tag} ${done}; Argo CD has not synced it yet` };
  }
  return { ...standings[progress.state], text: `${progressText(tag, progress)}${recoveryText(deployment)}` };
}

function progressText(tag: string, { state, reason, failures = [], runs }: Progress): string {
  const [first] = failures;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  const failure = first && [first.resource, first.message].filter((part) => part !== undefined).join(': ');
  // The reason of an attempt that Argo CD repeats has its number and the message.
  const why = failure === undefined || state === 'syncing' ? reason : `${failure}${more}`;
  const tail = why === undefined ? '' : `: ${why}`;
  switch (state) {
    case 'syncing':
      return `${tag} is being rolled out${tail}`;
    case 'superseded':
      return `${tag} was superseded${tail}`;
    case 'degraded':
      return `${tag} is degraded${tail}`;
    case 'failed':
      return `${tag} failed${tail}`;
    case 'healthy':
      return runs === false ? `${tag} is committed, but the application does not run this image` : `${tag} is healthy`;
    default:
      return state satisfies never;
  }
}

/** An update whose tag was moved is shown as superseded: the update of the tag's new image has its place. */
function shownState(deployment: Deployment): DeploymentState {
  return isReplaced(deployment) ? 'superseded' : deployment.state;
}

function textOf(deployment: Deployment): string {
  const { update, reason, pullRequest } = deployment;
  const state = shownState(deployment);
  const { tag } = update.image;
  const why = reason === undefined ? '' : `: ${reason}`;
  switch (state) {
    case 'queued':
      return `${tag} waits to be committed`;
    case 'pull-request':
      return `${tag} waits for the merge of pull request ${pullRequest?.number ?? ''}`.trim();
    case 'committed':
      return `${tag} is committed`;
    case 'syncing':
      return `${tag} is being rolled out${why}`;
    case 'healthy':
      return `${tag} is healthy${why}`;
    case 'degraded':
      return `${tag} is degraded${why}${recoveryText(deployment)}`;
    case 'failed':
      return `${tag} failed${why}${recoveryText(deployment)}`;
    case 'superseded':
      return `${tag} was superseded${why}`;
    case 'rejected':
      return `${tag} was rejected${why}`;
    case 'abandoned':
      return `${tag} was abandoned after 24 hours${why}`;
    case 'rolled-back':
      return `${tag} was rolled back${why}`;
    default:
      return state satisfies never;
  }
}

/** The end of the text of a failed deployment: the action of `onFailure`. */
function recoveryText({ state, recovery }: Deployment): string {
  return recovery !== undefined && (state === 'failed' || state === 'degraded') ? `; ${recovery}` : '';
}
