import type { Deployment, DeploymentState } from '../deployments/deployment.ts';
import type { Status } from '../gitops/statuses.ts';

/** How a deployment stands in one context, for whoever looks at a commit, a pull request or a build. */
export interface Standing {
  readonly state: Status['state'];
  /** The higher is shown where several share a context. */
  readonly weight: number;
  readonly text: string;
  /** Where a person reads more. */
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

/** How a deployment stands; where nothing is waited for after the commit, the commit is the end. */
export function standingOf(deployment: Deployment, hasApplication: boolean): Standing {
  const { state } = deployment;
  if (state === 'committed' && !hasApplication) {
    return { state: 'succeeded', weight: standings.healthy.weight, text: textOf(deployment, hasApplication) };
  }
  return { ...standings[state], text: textOf(deployment, hasApplication) };
}

function textOf({ state, update, reason, pullRequest }: Deployment, hasApplication: boolean): string {
  const { tag } = update.image;
  const why = reason === undefined ? '' : `: ${reason}`;
  switch (state) {
    case 'queued':
      return `${tag} waits to be committed`;
    case 'pull-request':
      return `${tag} waits for the merge of pull request ${pullRequest?.number ?? ''}`.trim();
    case 'committed':
      return hasApplication ? `${tag} is committed; Argo CD has not synced it yet` : `${tag} is committed`;
    case 'syncing':
      return `${tag} is being rolled out${why}`;
    case 'healthy':
      return `${tag} is healthy${why}`;
    case 'degraded':
      return `${tag} is degraded${why}`;
    case 'failed':
      return `${tag} failed${why}`;
    case 'superseded':
      return `${tag} was superseded${why}`;
    case 'rejected':
      return `${tag} was rejected${why}`;
    case 'abandoned':
      return `${tag} was given up after 24 hours${why}`;
    case 'rolled-back':
      return `${tag} was rolled back${why}`;
    default:
      return state satisfies never;
  }
}
