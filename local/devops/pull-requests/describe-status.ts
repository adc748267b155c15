import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import { describeStatus } from '../statuses/status.ts';
import { pullRequestUrl } from './describe.ts';
import type { PullRequest, PullRequestStatus } from './pull-request.ts';

/** The status of a pull request in the form of answers. */
export function describePullRequestStatus(
  call: Call,
  repository: HostedRepository,
  pullRequest: PullRequest,
  status: PullRequestStatus,
): object {
  return {
    ...describeStatus(call, status),
    _links: {
      self: { href: `${pullRequestUrl(repository, pullRequest)}/statuses/${status.id}` },
      repository: { href: repository.apiUrl },
    },
  };
}
