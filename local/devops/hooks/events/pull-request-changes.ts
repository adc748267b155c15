import type { PullRequest } from '../../pull-requests/pull-request.ts';
import { localIdentity } from '../../server/identity.ts';
import type { EventType, HookEvent } from '../event.ts';

/** One event that a change of a pull request causes. */
export interface PullRequestChange {
  readonly eventType: EventType;
  readonly text: string;
  readonly filters?: HookEvent['filters'];
}

/** The name of a merge state in `mergeResult` of a subscription. */
const mergeResults = {
  succeeded: 'Succeeded',
  conflicts: 'Conflicts',
  rejectedByPolicy: 'RejectedByPolicy',
  failure: 'Failure',
} as const;

/** The events between two states of a pull request: of some changes none, of a completion two. */
export function changesBetween(before: PullRequest | undefined, after: PullRequest): readonly PullRequestChange[] {
  const who = localIdentity.displayName;
  if (!before) return [{ eventType: 'git.pullrequest.created', text: `${who} created a new pull request` }];
  const changes: PullRequestChange[] = [];
  const updated = (notificationType: string, text: string): void => {
    const filters = { notificationType: [notificationType] };
    changes.push({ eventType: 'git.pullrequest.updated', text: `${who} ${text}`, filters });
  };
  if (before.status !== after.status) {
    updated('StatusUpdateNotification', `marked the pull request as ${after.status}`);
  }
  if (before.source !== after.source) {
    updated('PushNotification', 'updated the source branch of the pull request');
  }
  if (idsOf(before) !== idsOf(after)) {
    updated('ReviewersUpdateNotification', 'changed the reviewer list on the pull request');
  }
  if (idsOf(before) === idsOf(after) && votesOf(before) !== votesOf(after)) {
    updated('ReviewerVoteNotification', 'changed their vote on the pull request');
  }
  const isMerged = before.status === 'active' && after.status === 'completed';
  const wasTried = before.mergeStatus === 'queued' && after.mergeStatus !== 'queued';
  if ((isMerged || wasTried) && after.mergeStatus !== 'queued') {
    changes.push({
      eventType: 'git.pullrequest.merged',
      text: `${who} has created a pull request merge commit`,
      filters: { mergeResult: mergeFilter(after.mergeStatus) },
    });
  }
  return changes;
}

function mergeFilter(status: keyof typeof mergeResults): readonly string[] {
  return status === 'succeeded' ? [mergeResults.succeeded] : [mergeResults[status], 'Unsuccessful'];
}

function idsOf({ reviewers }: PullRequest): string {
  return reviewers
    .map(({ id }) => id)
    .toSorted()
    .join();
}

function votesOf({ reviewers }: PullRequest): string {
  return reviewers
    .map(({ id, vote }) => `${id} ${vote}`)
    .toSorted()
    .join();
}
