import { repositoryResource } from '../git/git-resource.ts';
import { identityRef } from '../server/identity.ts';
import { list } from '../server/reply.ts';
import { findPullRequest } from './find.ts';
import { iterationsOf } from './pull-request.ts';

/** The iterations of a pull request, numbered from 1. */
export const pullRequestIterations = repositoryResource({
  id: 'd43911ee-6958-46b0-a42b-8445b8a0d004',
  name: 'iterations',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/pullRequests/{pullRequestId}/{resource}',
  resourceVersion: 2,
  methods: {
    GET: async (call, repository) => {
      const found = await findPullRequest(call, repository);
      const author = identityRef(call.platform.organizationUrl(call.organization));
      return list(
        iterationsOf(found).map(({ source, createdDate }, index) => ({
          id: index + 1,
          description: '',
          author,
          createdDate,
          updatedDate: createdDate,
          sourceRefCommit: { commitId: source },
          targetRefCommit: { commitId: found.target },
          hasMoreCommits: false,
        })),
      );
    },
  },
});
