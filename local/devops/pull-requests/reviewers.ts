import { z } from 'zod';
import { repositoryResource } from '../git/git-resource.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import { json, list } from '../server/reply.ts';
import { invalidArgument } from '../server/service-error.ts';
import { requireIdentity } from './create.ts';
import { describeReviewer, pullRequestUrl } from './describe.ts';
import { findPullRequest } from './find.ts';
import { queueWork } from './work.ts';

const voteSchema = z.object({ vote: optional(z.number()), isRequired: optional(z.boolean()) });
const votes = [-10, -5, 0, 5, 10];

/** The reviewers of a pull request and their votes, by the ids of identities. */
export const pullRequestReviewers = repositoryResource({
  id: '4b6702c7-aa35-4b89-9c96-b9abf6d3e540',
  name: 'reviewers',
  routeTemplate:
    '{project}/_apis/{area}/repositories/{repositoryId}/pullRequests/{pullRequestId}/{resource}/{reviewerId}',
  resourceVersion: 1,
  methods: {
    GET: async (call, repository) => {
      const found = await findPullRequest(call, repository);
      const url = pullRequestUrl(repository, found);
      return list(found.reviewers.map((reviewer) => describeReviewer(call, url, reviewer)));
    },
    PUT: async (call, repository) => {
      const { vote = 0, isRequired } = await readJson(call, voteSchema);
      if (!votes.includes(vote)) throw invalidArgument(`A vote is one of ${votes.join(', ')}.`, 'vote');
      const id = call.route.reviewerId?.toLowerCase() ?? '';
      requireIdentity(call, id);
      const found = await findPullRequest(call, repository);
      const known = found.reviewers.find((candidate) => candidate.id === id);
      const reviewer = { id, vote, isRequired: isRequired ?? known?.isRequired ?? false };
      repository.pullRequests.change(found.pullRequestId, (current) => ({
        ...current,
        reviewers: [...current.reviewers.filter((other) => other.id !== id), reviewer],
      }));
      queueWork(call.platform, repository, found.pullRequestId);
      return json(describeReviewer(call, pullRequestUrl(repository, found), reviewer));
    },
  },
});
