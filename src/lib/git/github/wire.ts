import { z } from 'zod';
import type { PullRequest } from '../pull-requests.ts';
import type { GitHubAddress } from '../../net/github-address.ts';

/** A pull request in REST ("Get a pull request"); in lists what GitHub computes is missing. */
export const pullSchema = z.object({
  number: z.number(),
  /** Names it in GraphQL. */
  node_id: z.string(),
  state: z.enum(['open', 'closed']),
  merged_at: z.string().nullable(),
  /** Of a merged one the commit on the target; of an open one a trial. */
  merge_commit_sha: z.string().nullish(),
  /** A branch of a fork that was deleted has no repository. */
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.number() }).nullable() }),
  base: z.object({ ref: z.string(), repo: z.object({ id: z.number() }) }),
  /** `null` while GitHub computes it. */
  mergeable: z.boolean().nullish(),
  mergeable_state: z.string().optional(),
  auto_merge: z.object({}).nullish(),
  user: z.object({ login: z.string() }).nullish(),
});

export type Pull = z.output<typeof pullSchema>;

/** Not of a fork, which may have a branch of the same name. */
export function isOfRepository({ head, base }: Pull): boolean {
  return head.repo?.id === base.repo.id;
}

export function readPull(pull: Pull, { url }: Pick<GitHubAddress, 'url'>): PullRequest {
  const isMerged = pull.merged_at !== null;
  return {
    number: pull.number,
    url: `${url}/pull/${pull.number}`,
    state: pull.state === 'open' ? 'active' : isMerged ? 'completed' : 'abandoned',
    source: pull.head.ref,
    target: pull.base.ref,
    head: pull.head.sha,
    mergeCommit: isMerged ? (pull.merge_commit_sha ?? undefined) : undefined,
    ...(pull.merged_at !== null && { completedAt: new Date(pull.merged_at) }),
    hasConflicts: pull.mergeable === false,
    autoCompletes: pull.auto_merge !== null && pull.auto_merge !== undefined,
    createdBy: pull.user?.login ?? '',
  };
}

/** Every open pull request with what the list in REST leaves out, a hundred a request. */
export const openPullsQuery = `query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: OPEN, first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number headRefName headRefOid baseRefName isCrossRepository mergeable
        autoMergeRequest { enabledAt }
        author { login }
      }
    }
  }
}`;

const nodeSchema = z.object({
  number: z.number(),
  headRefName: z.string(),
  headRefOid: z.string(),
  baseRefName: z.string(),
  isCrossRepository: z.boolean(),
  mergeable: z.string(),
  autoMergeRequest: z.object({}).nullable(),
  author: z.object({ login: z.string() }).nullable(),
});

export const openPullsSchema = z.object({
  repository: z.object({
    pullRequests: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      nodes: z.array(nodeSchema),
    }),
  }),
});

export function readNode(node: z.output<typeof nodeSchema>, { url }: Pick<GitHubAddress, 'url'>): PullRequest {
  return {
    number: node.number,
    url: `${url}/pull/${node.number}`,
    state: 'active',
    source: node.headRefName,
    target: node.baseRefName,
    head: node.headRefOid,
    mergeCommit: undefined,
    hasConflicts: node.mergeable === 'CONFLICTING',
    autoCompletes: node.autoMergeRequest !== null,
    createdBy: node.author?.login ?? '',
  };
}
