import { z } from 'zod';
import { listCommits } from '../git/commit-ref.ts';
import { repositoryResource } from '../git/git-resource.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import { json, list } from '../server/reply.ts';
import { invalidArgument } from '../server/service-error.ts';
import { requireIdentity } from './create.ts';
import { describeLabel, describeReviewer, pullRequestUrl, workItemRef } from './describe.ts';
import { findPullRequest } from './find.ts';
import { queueWork } from './work.ts';

const parent = '{project}/_apis/{area}/repositories/{repositoryId}/pullRequests/{pullRequestId}/{resource}';

/** The labels (tags) of a pull request; adding one twice changes nothing. */
export const pullRequestLabels = repositoryResource({
  id: 'f22387e3-984e-4c52-9c6d-fbb8f14c812d',
  name: 'labels',
  routeTemplate: `${parent}/{labelIdOrName}`,
  resourceVersion: 1,
  methods: {
    GET: async (call, repository) => {
      const found = await findPullRequest(call, repository);
      return list(found.labels.map((label) => describeLabel(pullRequestUrl(repository, found), label)));
    },
    POST: async (call, repository) => {
      const { name } = await readJson(call, z.object({ name: z.string() }));
      const found = await findPullRequest(call, repository);
      repository.pullRequests.change(found.pullRequestId, (current) => ({
        ...current,
        labels: [...new Set([...current.labels, name])],
      }));
      return json(describeLabel(pullRequestUrl(repository, found), name));
    },
  },
});

const voteSchema = z.object({ vote: optional(z.number()), isRequired: optional(z.boolean()) });
const votes = [-10, -5, 0, 5, 10];

/** The reviewers of a pull request and their votes, by the ids of identities. */
export const pullRequestReviewers = repositoryResource({
  id: '4b6702c7-aa35-4b89-9c96-b9abf6d3e540',
  name: 'reviewers',
  routeTemplate: `${parent}/{reviewerId}`,
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

/** The work items that a pull request was opened with. */
export const pullRequestWorkItems = repositoryResource({
  id: '0a637fcc-5370-4ce8-b0e8-98091f5f9482',
  name: 'workItems',
  routeTemplate: parent,
  resourceVersion: 1,
  methods: {
    GET: async (call, repository) => {
      const { workItems } = await findPullRequest(call, repository);
      const base = call.platform.organizationUrl(call.organization);
      return list(workItems.map((id) => workItemRef(base, id)));
    },
  },
});

/** The commits of a pull request, in the form of lists. */
export const pullRequestCommits = repositoryResource({
  id: '52823034-34a8-4576-922c-8d8b77e9e4c4',
  name: 'commits',
  routeTemplate: parent,
  resourceVersion: 1,
  methods: {
    GET: async (call, repository) => {
      const { source, target } = await findPullRequest(call, repository);
      const ids = (await repository.bare.git(['rev-list', source, `^${target}`])).split('\n');
      return list(
        await listCommits(
          repository,
          ids.filter((id) => id !== ''),
        ),
      );
    },
  },
});
