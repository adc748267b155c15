import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import { ServiceError } from '../server/service-error.ts';
import type { PullRequest } from './pull-request.ts';
import { refresh } from './work.ts';

/** The pull request that a route names, with its current branches. Throws 404 where it does not exist. */
export async function findPullRequest(call: Call, repository: HostedRepository): Promise<PullRequest> {
  const number = call.route.pullRequestId ?? '';
  const found = repository.pullRequests.get(/^\d{1,9}$/.test(number) ? Number(number) : Number.NaN);
  if (found) return refresh(call.platform, repository, found);
  throw new ServiceError(
    'GitPullRequestNotFoundException',
    `TF401180: The requested pull request was not found: ${number}.`,
  );
}
