import { ServiceError } from '../server/service-error.ts';
import type { HostedRepository } from '../server/platform.ts';
import type { PullRequest } from './pull-request.ts';

/** A branch that changes by pull requests only. Stands in for the policies of Azure DevOps. */
export interface BranchPolicy {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** Approving votes that a pull request needs; none without. */
  readonly minimumApprovals?: number;
}

type Policies = Pick<HostedRepository, 'policies'>;

export function demandsPullRequests({ policies }: Policies, ref: string): boolean {
  return policies.some(({ branch }) => ref === `refs/heads/${branch}`);
}

/** Throws `GitRefUpdateRejectedByPolicyException` (403) for a push to a branch that takes pull requests only. */
export function refuseDirectPush(repository: Policies, ref: string): void {
  if (!demandsPullRequests(repository, ref)) return;
  throw new ServiceError(
    'GitRefUpdateRejectedByPolicyException',
    'TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.',
  );
}

/** Approved with or without suggestions are 5 and 10, rejected is -10, waiting for the author -5. */
export function fulfilsPolicies({ policies }: Policies, { targetRefName, reviewers }: PullRequest): boolean {
  const approvals = reviewers.filter(({ vote }) => vote >= 5).length;
  const isBlocked = reviewers.some(({ vote, isRequired }) => vote === -10 || (isRequired && vote < 5));
  return (
    !isBlocked &&
    policies
      .filter(({ branch }) => targetRefName === `refs/heads/${branch}`)
      .every(({ minimumApprovals = 0 }) => approvals >= minimumApprovals)
  );
}
