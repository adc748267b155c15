import { identityRef } from '../server/identity.ts';
import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import { guidOf } from '../server/guid.ts';
import type { PullRequest, Reviewer } from './pull-request.ts';

/** Characters of a description that a list shows. */
const listedDescription = 400;

/** The parts of a request that a description needs. */
type DescribeCall = Pick<Call, 'platform' | 'organization' | 'query'>;

/** A pull request as the service writes it. */
export function describePullRequest(
  call: DescribeCall,
  repository: HostedRepository,
  pullRequest: PullRequest,
): object {
  const { platform, organization } = call;
  const base = platform.organizationUrl(organization);
  const url = pullRequestUrl(repository, pullRequest);
  const commit = (id: string) => ({ commitId: id, url: `${repository.apiUrl}/commits/${id}` });
  const { source, target, merge, reviewers, labels, workItems, autoCompleteSetBy, isCompleting, ...more } = pullRequest;
  const { iterations: _iterations, statuses: _statuses, ...rest } = more;
  return {
    ...rest,
    repository: {
      id: repository.id,
      name: repository.name,
      url: repository.apiUrl,
      project: { id: repository.projectId, name: repository.project, state: 'wellFormed' },
    },
    codeReviewId: pullRequest.pullRequestId,
    createdBy: identityRef(base),
    lastMergeSourceCommit: commit(source),
    lastMergeTargetCommit: commit(target),
    ...(merge === undefined ? {} : { lastMergeCommit: commit(merge) }),
    reviewers: reviewers.map((reviewer) => describeReviewer(call, url, reviewer)),
    ...(labels.length === 0 ? {} : { labels: labels.map((name) => describeLabel(url, name)) }),
    ...(call.query.flag('includeWorkItemRefs') ? { workItemRefs: workItems.map((id) => workItemRef(base, id)) } : {}),
    ...(autoCompleteSetBy === undefined
      ? {}
      : { autoCompleteSetBy: platform.findIdentity(base, autoCompleteSetBy) ?? { id: autoCompleteSetBy } }),
    ...(isCompleting ? { completionQueueTime: platform.now() } : {}),
    url,
    supportsIterations: true,
    artifactId: `vstfs:///Git/PullRequestId/${repository.projectId}%2f${repository.id}%2f${pullRequest.pullRequestId}`,
  };
}

/** Lists show the beginning of a description only. */
export function describeInList(call: Call, repository: HostedRepository, pullRequest: PullRequest): object {
  const description = pullRequest.description.slice(0, listedDescription);
  return describePullRequest(call, repository, { ...pullRequest, description });
}

export function describeReviewer({ platform, organization }: DescribeCall, url: string, reviewer: Reviewer): object {
  const identity = platform.findIdentity(platform.organizationUrl(organization), reviewer.id);
  return {
    reviewerUrl: `${url}/reviewers/${reviewer.id}`,
    hasDeclined: false,
    isFlagged: false,
    ...identity,
    ...reviewer,
  };
}

export function describeLabel(url: string, name: string): object {
  const id = guidOf('label', name);
  return { id, name, active: true, url: `${url}/labels/${id}` };
}

export function workItemRef(base: string, id: string): object {
  return { id, url: `${base}/_apis/wit/workItems/${id}` };
}

export function pullRequestUrl({ apiUrl }: HostedRepository, { pullRequestId }: PullRequest): string {
  return `${apiUrl}/pullRequests/${pullRequestId}`;
}
