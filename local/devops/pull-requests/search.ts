import { GitPullRequestQueryType, PullRequestStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import { repositoryResource } from '../git/git-resource.ts';
import { readEnum } from '../git/version.ts';
import type { Call } from '../server/call.ts';
import { readJson } from '../server/json-body.ts';
import { localIdentity } from '../server/identity.ts';
import type { HostedRepository } from '../server/platform.ts';
import { json } from '../server/reply.ts';
import { describeInList } from './describe.ts';
import type { PullRequest } from './pull-request.ts';
import { refresh } from './work.ts';

const statuses = {
  notSet: PullRequestStatus.NotSet,
  active: PullRequestStatus.Active,
  abandoned: PullRequestStatus.Abandoned,
  completed: PullRequestStatus.Completed,
  all: PullRequestStatus.All,
};
const maxPage = 1000;

/** The pull requests that a search finds, of active ones by default, the newest first. */
export async function searchPullRequests(
  call: Call,
  repositories: readonly HostedRepository[],
): Promise<readonly object[]> {
  const { query, platform } = call;
  const criterion = (name: string) => query.text(`searchCriteria.${name}`);
  const status = readEnum(statuses, criterion('status'), 'searchCriteria.status', PullRequestStatus.Active);
  const fits = (pullRequest: PullRequest): boolean =>
    (status === PullRequestStatus.All ||
      statuses[pullRequest.status] === (status === PullRequestStatus.NotSet ? PullRequestStatus.Active : status)) &&
    (criterion('sourceRefName') ?? pullRequest.sourceRefName) === pullRequest.sourceRefName &&
    (criterion('targetRefName') ?? pullRequest.targetRefName) === pullRequest.targetRefName &&
    (criterion('creatorId') ?? localIdentity.id).toLowerCase() === localIdentity.id;
  const found = repositories.flatMap((repository) =>
    repository.pullRequests
      .all()
      .filter(fits)
      .map((pullRequest) => ({ repository, pullRequest })),
  );
  const skip = query.count(0, '$skip');
  const page = found.slice(skip, skip + Math.min(query.count(100, '$top'), maxPage));
  return Promise.all(
    page.map(async ({ repository, pullRequest }) =>
      describeInList(call, repository, await refresh(platform, repository, pullRequest)),
    ),
  );
}

const queryTypes = {
  lastMergeCommit: GitPullRequestQueryType.LastMergeCommit,
  commit: GitPullRequestQueryType.Commit,
};
/** Answers have the names, also for a request with numbers. */
function typeName(type: string | number): string {
  const value = readEnum(queryTypes, type, 'queries.type');
  return Object.entries(queryTypes).find(([, one]) => one === value)?.[0] ?? 'notSet';
}

const querySchema = z.object({
  queries: z.array(z.object({ type: z.union([z.string(), z.number()]), items: z.array(z.string()) })),
});

/** Which pull requests brought commits: by the commit of the merge, or by the commits that were merged. */
export const pullRequestQuery = repositoryResource({
  id: 'b3a6eebe-9cf0-49ea-b6cb-1a4c5f5007b0',
  name: 'pullRequestQuery',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}',
  resourceVersion: 1,
  methods: {
    POST: async (call, repository) => {
      const { queries } = await readJson(call, querySchema);
      const results = await Promise.all(
        queries.map(async ({ type, items }) => {
          const wanted = readEnum(queryTypes, type, 'queries.type');
          const found = await Promise.all(
            items.map(async (item) => [item, await broughtBy(call, repository, item.toLowerCase(), wanted)] as const),
          );
          return Object.fromEntries(found.filter(([, pullRequests]) => pullRequests.length > 0));
        }),
      );
      return json({ queries: queries.map(({ type, items }) => ({ type: typeName(type), items })), results });
    },
  },
});

async function broughtBy(
  call: Call,
  repository: HostedRepository,
  commit: string,
  type: GitPullRequestQueryType,
): Promise<object[]> {
  const found: object[] = [];
  for (const pullRequest of repository.pullRequests.all()) {
    const isMerge = pullRequest.status === 'completed' && pullRequest.merge === commit;
    const isCommit = type === GitPullRequestQueryType.Commit && (await commitsOf(repository, pullRequest)).has(commit);
    if (isMerge || isCommit) found.push(describeInList(call, repository, pullRequest));
  }
  return found;
}

async function commitsOf({ bare }: HostedRepository, { source, target }: PullRequest): Promise<Set<string>> {
  return new Set((await bare.gitOfObjects(['rev-list', source, `^${target}`])).trim().split('\n'));
}
