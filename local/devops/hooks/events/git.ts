import { commitInList } from '../../git/commit-ref.ts';
import { describePullRequest } from '../../pull-requests/describe.ts';
import type { PullRequest } from '../../pull-requests/pull-request.ts';
import { identityRef, localIdentity } from '../../server/identity.ts';
import type { HostedRepository, Platform, PushEvent } from '../../server/platform.ts';
import { Query } from '../../server/query.ts';
import type { EventType, HookEvent } from '../event.ts';

/** Commits have come to a repository, or refs have been made or deleted. */
export async function gitPush(platform: Platform, event: PushEvent): Promise<HookEvent> {
  const { repository, pushId, date, refUpdates } = event;
  const base = platform.organizationUrl(repository.organization);
  const found = await Promise.all(
    event.commits.map(async (id) => ({ id, commit: await repository.bare.readCommit(id) })),
  );
  const commits = found.flatMap(({ id, commit }) => {
    if (!commit) return [];
    const { commitId, author, committer, comment, remoteUrl } = commitInList(repository, id, commit);
    return [{ commitId, author, committer, comment, url: remoteUrl }];
  });
  const branches = refUpdates.map(({ name }) => name.replace(/^refs\/heads\//, ''));
  const text = `${localIdentity.displayName} pushed updates to ${branches.join(', ')} of repository ${repository.name}.`;
  const described = await describeRepository(platform, repository);
  return {
    organization: repository.organization,
    projectId: repository.projectId,
    eventType: 'git.push',
    filters: { repository: [repository.id], branch: branches, pushedBy: [localIdentity.id] },
    text,
    detailedText: text,
    resource: () => ({
      // A ref that is deleted brings none.
      ...(commits.length === 0 ? {} : { commits }),
      refUpdates,
      repository: described,
      pushedBy: identityRef(base),
      pushId,
      date,
      url: `${repository.apiUrl}/pushes/${pushId}`,
    }),
    minimal: ['pushId', 'url'],
  };
}

/** Something has become of a pull request. `filters` are those of this kind of event. */
export async function pullRequestEvent(
  platform: Platform,
  repository: HostedRepository,
  pullRequest: PullRequest,
  {
    eventType,
    text,
    filters = {},
  }: { readonly eventType: EventType; readonly text: string; readonly filters?: HookEvent['filters'] },
): Promise<HookEvent> {
  const { organization, projectId, apiUrl, remoteUrl } = repository;
  const call = { platform, organization, query: new Query(new URLSearchParams()) };
  const described = await describeRepository(platform, repository);
  const url = `${apiUrl}/pullRequests/${pullRequest.pullRequestId}`;
  return {
    organization,
    projectId,
    eventType,
    filters: {
      repository: [repository.id],
      branch: [pullRequest.targetRefName.replace(/^refs\/heads\//, '')],
      pullrequestCreatedBy: [localIdentity.id],
      pullrequestReviewersContains: pullRequest.reviewers.map(({ id }) => id),
      ...filters,
    },
    text,
    detailedText: `${text}\r\n\r\n- Merge status: ${pullRequest.mergeStatus}\r\n`,
    resource: () => ({
      ...describePullRequest(call, repository, pullRequest),
      repository: described,
      commits: [{ commitId: pullRequest.source, url: `${apiUrl}/commits/${pullRequest.source}` }],
      _links: {
        web: { href: `${remoteUrl}/pullrequest/${pullRequest.pullRequestId}#view=discussion` },
        statuses: { href: `${url}/statuses` },
      },
    }),
    minimal: ['pullRequestId', 'url'],
  };
}

async function describeRepository(platform: Platform, repository: HostedRepository): Promise<object> {
  const { id, name, apiUrl, project, projectId, remoteUrl, bare, organization } = repository;
  const projectUrl = `${platform.organizationUrl(organization)}/_apis/projects/${projectId}`;
  return {
    id,
    name,
    url: apiUrl,
    project: { id: projectId, name: project, url: projectUrl, state: 'wellFormed' },
    defaultBranch: await bare.readDefaultBranch(),
    remoteUrl,
  };
}
