import { repositoryResource } from '../git/git-resource.ts';
import type { Call } from '../server/call.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { ServiceError } from '../server/service-error.ts';
import { createPullRequest } from './create.ts';
import { describePullRequest } from './describe.ts';
import { findPullRequest } from './find.ts';
import { searchPullRequests } from './search.ts';
import { updatePullRequest } from './update.ts';

/** The pull requests of a repository. */
export const pullRequests = repositoryResource({
  id: '9946fd70-0d40-406e-b686-b4744cbbcc37',
  name: 'pullRequests',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{pullRequestId}',
  resourceVersion: 2,
  methods: {
    GET: async (call, repository) =>
      call.route.pullRequestId === undefined
        ? list(await searchPullRequests(call, [repository]))
        : json(describePullRequest(call, repository, await findPullRequest(call, repository))),
    POST: createPullRequest,
    PATCH: updatePullRequest,
  },
});

/** The pull requests of a project; one of them by its number, whatever its repository. */
export const pullRequestsOfProject: Resource = {
  id: '01a46dea-7d46-4d40-bc84-319e7c260d99',
  area: 'git',
  name: 'pullRequests',
  routeTemplate: '{project}/_apis/{area}/{resource}/{pullRequestId}',
  resourceVersion: 2,
  methods: { GET: getOfProject },
};

/** The same path without a number: clients look it up by an id of its own. */
export const pullRequestSearch: Resource = {
  ...pullRequestsOfProject,
  id: 'a5d28130-9cd2-40fa-9f08-902e7daa9efb',
  routeTemplate: '{project}/_apis/{area}/{resource}',
};

async function getOfProject(call: Call): Promise<Reply> {
  const repositories = call.platform.repositoriesOf(call.organization, call.project);
  const number = call.route.pullRequestId;
  if (number === undefined) return list(await searchPullRequests(call, repositories));
  const owner = repositories.find((repository) => repository.pullRequests.get(Number(number)) !== undefined);
  if (owner) return json(describePullRequest(call, owner, await findPullRequest(call, owner)));
  throw new ServiceError(
    'GitPullRequestNotFoundException',
    `TF401180: The requested pull request was not found: ${number}.`,
  );
}
