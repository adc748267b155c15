import { z } from 'zod';
import { ok } from './answer.ts';
import type { Answer } from './answer.ts';
import { stateOf } from './merging.ts';
import type { StoredPull, StoredRepository } from './state.ts';

const requestSchema = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()) });
const enableSchema = z.object({
  pullRequestId: z.string(),
  mergeMethod: z.enum(['MERGE', 'SQUASH', 'REBASE']).default('MERGE'),
  commitHeadline: z.string().optional(),
  commitBody: z.string().optional(),
  expectedHeadOid: z.string().optional(),
});

type Find = (owner: unknown, name: unknown) => StoredRepository | undefined;

/** The few operations that the app asks for; that they are GraphQL of GitHub's is tested elsewhere. */
export async function answerGraphql(find: Find, all: readonly StoredRepository[], body: unknown): Promise<Answer> {
  const { query, variables } = requestSchema.parse(body);
  if (query.includes('pullRequests(')) return listOpen(find(variables['owner'], variables['name']), variables['after']);
  const input = z.object({ pullRequestId: z.string() }).loose().parse(variables['input']);
  for (const repository of all) {
    const pull = repository.pulls.find(({ number }) => `PR_${number}` === input.pullRequestId);
    if (!pull) continue;
    if (query.includes('enablePullRequestAutoMerge')) return enable(repository, pull, enableSchema.parse(input));
    if (query.includes('disablePullRequestAutoMerge')) return disable(pull);
  }
  return failed('NOT_FOUND', `Could not resolve to a node with the global id of '${input.pullRequestId}'`);
}

async function listOpen(repository: StoredRepository | undefined, after: unknown): Promise<Answer> {
  if (!repository) return failed('NOT_FOUND', 'Could not resolve to a Repository');
  const open = repository.pulls.filter(({ state }) => state === 'open');
  const from = after === null ? 0 : Number(after);
  const page = open.slice(from, from + pageSize);
  const nodes = await Promise.all(
    page.map(async (pull) => ({
      number: pull.number,
      headRefName: pull.source,
      headRefOid: pull.head,
      baseRefName: pull.target,
      isCrossRepository: pull.isOfFork,
      mergeable: mergeableOf(await stateOf(repository, pull)),
      autoMergeRequest: pull.autoMerge && { enabledAt: '2026-11-20T10:00:00Z' },
      author: { login: 'tagrelay-bot' },
    })),
  );
  const end = from + page.length;
  const pageInfo = { hasNextPage: end < open.length, endCursor: page.length === 0 ? null : String(end) };
  return ok({ data: { repository: { pullRequests: { pageInfo, nodes } } } });
}

/** So small that tests see more than one. */
const pageSize = 2;

function mergeableOf(state: string): string {
  if (state === 'unknown') return 'UNKNOWN';
  return state === 'dirty' ? 'CONFLICTING' : 'MERGEABLE';
}

async function enable(
  repository: StoredRepository,
  pull: StoredPull,
  { mergeMethod, commitHeadline: title, commitBody: message, expectedHeadOid }: z.output<typeof enableSchema>,
): Promise<Answer> {
  const { rules } = repository;
  if (!rules.allowAutoMerge) return failed('UNPROCESSABLE', 'Auto merge is not allowed for this repository');
  if (pull.state !== 'open') return failed('UNPROCESSABLE', "Can't enable auto-merge for this pull request.");
  if (expectedHeadOid !== undefined && expectedHeadOid !== pull.head)
    return failed('UNPROCESSABLE', "Head sha didn't match expected head sha.");
  if (!rules.methods.has(mergeMethod.toLowerCase()))
    return failed('UNPROCESSABLE', `${mergeMethod} merges are not allowed on this repository.`);
  const state = await stateOf(repository, pull);
  if (state !== 'blocked') return failed('UNPROCESSABLE', `Pull request Pull request is in ${state} status`);
  pull.autoMerge = { method: mergeMethod, title, message };
  const autoMergeRequest = { commitHeadline: title ?? null };
  return ok({ data: { enablePullRequestAutoMerge: { pullRequest: { autoMergeRequest } } } });
}

function disable(pull: StoredPull): Answer {
  if (!pull.autoMerge) return failed('UNPROCESSABLE', "Can't disable auto-merge for this pull request.");
  pull.autoMerge = null;
  return ok({ data: { disablePullRequestAutoMerge: { clientMutationId: null } } });
}

/** Errors come with the status 200. */
function failed(type: string, message: string): Answer {
  return ok({ data: null, errors: [{ type, message, path: [] }] });
}
