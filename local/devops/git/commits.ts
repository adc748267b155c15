import { GitHistoryMode } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitCommit, GitCommitChanges } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { countChanges, listChanges } from './changes.ts';
import { commitHead, existingCommit, listCommits } from './commit-ref.ts';
import { searchCommits } from './commit-search.ts';
import { repositoryResource } from './git-resource.ts';
import { readEnum, versionFromQuery } from './version.ts';

export const commitsPerPage = 100;
export const historyModes = {
  simplifiedHistory: GitHistoryMode.SimplifiedHistory,
  firstParent: GitHistoryMode.FirstParent,
  fullHistory: GitHistoryMode.FullHistory,
  fullHistorySimplifyMerges: GitHistoryMode.FullHistorySimplifyMerges,
};

/** One commit with its whole message, or many with the first line of theirs. */
export const commits = repositoryResource({
  id: 'c2570c3b-5b3f-41b8-98bf-5407bfde8d58',
  name: 'commits',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{commitId}',
  resourceVersion: 2,
  methods: {
    GET: (call, repository) =>
      call.route.commitId === undefined ? getCommits(call, repository) : getCommit(call, repository),
  },
});

/** The changes of a commit against its first parent. */
export const commitChanges = repositoryResource({
  id: '5bf884f5-3e07-42e9-afb8-1b872267bf16',
  name: 'changes',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/commits/{commitId}/{resource}',
  resourceVersion: 1,
  methods: { GET: getChanges },
});

async function getCommit({ route }: Call, repository: HostedRepository): Promise<Reply> {
  const id = route.commitId?.toLowerCase() ?? '';
  const commit = await existingCommit(repository, id);
  const body: GitCommit = { treeId: commit.tree, ...commitHead(repository, id, commit), comment: commit.message };
  return json(body);
}

async function getCommits({ query }: Call, repository: HostedRepository): Promise<Reply> {
  const criterion = (name: string): string | undefined => query.text(`searchCriteria.${name}`, name);
  const skip = query.count(0, '$skip', 'searchCriteria.$skip', 'skip');
  const top = query.count(commitsPerPage, '$top', 'searchCriteria.$top', 'top');
  const ids = criterion('ids');
  if (ids !== undefined) return list(await listCommits(repository, ids.toLowerCase().split(',')));
  const pushId = criterion('pushId');
  if (pushId !== undefined) {
    return list(
      await listCommits(repository, (repository.pushes.get(Number(pushId))?.commits ?? []).slice(skip, skip + top)),
    );
  }
  const found = await searchCommits(repository.bare, {
    itemVersion: versionFromQuery(query, 'searchCriteria.itemVersion.', 'itemVersion.'),
    compareVersion: versionFromQuery(query, 'searchCriteria.compareVersion.', 'compareVersion.'),
    itemPath: criterion('itemPath'),
    author: criterion('author'),
    committer: criterion('user'),
    fromDate: criterion('fromDate'),
    toDate: criterion('toDate'),
    firstParent:
      readEnum(historyModes, criterion('historyMode'), 'historyMode', GitHistoryMode.SimplifiedHistory) ===
      GitHistoryMode.FirstParent,
    oldestFirst: query.flag('searchCriteria.showOldestCommitsFirst'),
    skip,
    top,
  });
  return list(await listCommits(repository, found));
}

async function getChanges({ route, query }: Call, repository: HostedRepository): Promise<Reply> {
  const id = route.commitId?.toLowerCase() ?? '';
  const { parents } = await existingCommit(repository, id);
  const changes = await listChanges(repository, parents[0], id);
  const skip = query.count(0, 'skip', '$skip');
  const body: GitCommitChanges = {
    changeCounts: countChanges(changes),
    changes: changes.slice(skip, skip + query.count(changes.length, 'top', '$top')),
  };
  return json(body);
}
