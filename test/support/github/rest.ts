import { z } from 'zod';
import { invalid, notFound, ok, refused } from './answer.ts';
import type { Answer } from './answer.ts';
import { close, mergePull, stateOf } from './merging.ts';
import type { StoredPull, StoredRepository } from './state.ts';

export interface Call {
  readonly method: string;
  /** What follows `/repos/OWNER/NAME`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

const newPull = z.object({
  title: z.string().min(1),
  head: z.string(),
  base: z.string(),
  body: z.string().optional(),
  draft: z.boolean().optional(),
});

/** The endpoints of one repository, as GitHub's REST reference has them. */
export async function answerRest(repository: StoredRepository, call: Call): Promise<Answer> {
  const { method, path } = call;
  if (path === '' && method === 'GET') return ok({ id: 1, full_name: `${repository.owner}/${repository.name}` });
  if (path === '/pulls' && method === 'GET') return ok(listPulls(repository, call.query));
  if (path === '/pulls' && method === 'POST') return createPull(repository, call.body);
  const [, sha] = /^\/statuses\/([0-9a-f]{40})$/.exec(path) ?? [];
  if (sha !== undefined && method === 'POST') return createStatus(repository, sha, call.body);
  const [, commit] = /^\/git\/commits\/([0-9a-f]{40})$/.exec(path) ?? [];
  if (commit !== undefined)
    return (await hasCommit(repository, commit)) ? ok(await describeCommit(repository, commit)) : notFound;
  const [, kind, number, rest = ''] = /^\/(pulls|issues)\/(\d+)(\/\w+)?$/.exec(path) ?? [];
  const pull = repository.pulls.find((one) => one.number === Number(number));
  if (!pull) return notFound;
  const key = `${method} ${kind}${rest}`;
  if (key === 'GET pulls') return ok(await describePull(repository, pull));
  if (key === 'PATCH pulls') return updatePull(repository, pull, call.body);
  if (key === 'PUT pulls/merge') return putMerge(repository, pull, call.body);
  if (key === 'POST pulls/requested_reviewers') return requestReviewers(repository, pull, call.body);
  if (key === 'POST issues/labels') {
    for (const label of z.object({ labels: z.array(z.string()) }).parse(call.body).labels) pull.labels.add(label);
    return ok([...pull.labels].map((name) => ({ name })));
  }
  return notFound;
}

function listPulls(repository: StoredRepository, query: URLSearchParams): unknown[] {
  const { owner, pulls } = repository;
  const state = query.get('state') ?? 'open';
  const matching = pulls.filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (query.get('head') ?? `${owner}:${pull.source}`) === `${owner}:${pull.source}` &&
      (query.get('base') ?? pull.target) === pull.target,
  );
  // The newest first, unless asked otherwise.
  return matching
    .toReversed()
    .slice(0, Number(query.get('per_page') ?? 30))
    .map(describeInList);
}

function describeInList(pull: StoredPull) {
  const repo = { id: 1 };
  const headRepo = { id: pull.isOfFork ? 2 : 1 };
  return {
    number: pull.number,
    node_id: `PR_${pull.number}`,
    state: pull.state,
    draft: pull.draft,
    title: pull.title,
    body: pull.body,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit,
    head: { ref: pull.source, sha: pull.head, repo: headRepo },
    base: { ref: pull.target, sha: pull.base, repo },
    auto_merge: pull.autoMerge && { merge_method: pull.autoMerge.method, commit_title: pull.autoMerge.title },
    user: { login: 'tagrelay-bot' },
  };
}

export async function describePull(repository: StoredRepository, pull: StoredPull) {
  const state = pull.state === 'open' ? await stateOf(repository, pull) : 'unknown';
  return {
    ...describeInList(pull),
    merged: pull.mergedAt !== null,
    mergeable: state === 'unknown' ? null : state !== 'dirty',
    mergeable_state: state,
  };
}

async function createPull(repository: StoredRepository, body: unknown): Promise<Answer> {
  const { bare, pulls } = repository;
  const { title, head: source, base: target, body: text = '', draft = false } = newPull.parse(body);
  const [head, base] = await Promise.all([bare.readRef(`refs/heads/${source}`), bare.readRef(`refs/heads/${target}`)]);
  if (head === undefined) return invalid({ field: 'head', code: 'invalid' });
  if (base === undefined) return invalid({ field: 'base', code: 'invalid' });
  if (title.length > 256) return invalid({ field: 'title', code: 'custom', message: 'title is too long' });
  const label = `${repository.owner}:${source}`;
  const taken = pulls.some(
    (pull) => pull.state === 'open' && !pull.isOfFork && pull.source === source && pull.target === target,
  );
  if (taken) return invalid({ code: 'custom', message: `A pull request already exists for ${label}.` });
  if ((await bare.git(['rev-list', '--count', `${base}..${head}`])).trim() === '0')
    return invalid({ code: 'custom', message: `No commits between ${target} and ${source}` });
  const pull: StoredPull = {
    number: pulls.length + 1,
    state: 'open',
    mergedAt: null,
    mergeCommit: null,
    isOfFork: false,
    source,
    target,
    head,
    base,
    title,
    body: text,
    draft,
    labels: new Set(),
    reviewers: new Set(),
    teams: new Set(),
    approvals: 0,
    autoMerge: null,
    mergeable: undefined,
  };
  pulls.push(pull);
  return { status: 201, body: await describePull(repository, pull) };
}

async function updatePull(repository: StoredRepository, pull: StoredPull, body: unknown): Promise<Answer> {
  const change = z
    .object({ title: z.string().max(256), body: z.string(), state: z.enum(['open', 'closed']), base: z.string() })
    .partial()
    .parse(body);
  if (change.state === 'closed' && pull.state === 'open') close(pull);
  if (change.state === 'open' && pull.mergedAt === null) pull.state = 'open';
  if (change.base !== undefined) {
    const base = await repository.bare.readRef(`refs/heads/${change.base}`);
    if (base === undefined) return invalid({ field: 'base', code: 'invalid' });
    Object.assign(pull, { target: change.base, base, mergeable: undefined });
  }
  pull.title = change.title ?? pull.title;
  pull.body = change.body ?? pull.body;
  return ok(await describePull(repository, pull));
}

async function putMerge(repository: StoredRepository, pull: StoredPull, body: unknown): Promise<Answer> {
  const { merge_method: method = 'merge', ...request } = z
    .object({
      merge_method: z.string().optional(),
      sha: z.string().optional(),
      commit_title: z.string().optional(),
      commit_message: z.string().optional(),
    })
    .parse(body);
  if (pull.state !== 'open' || pull.draft || pull.approvals < repository.rules.requiredApprovals)
    return refused(405, 'Pull Request is not mergeable');
  if (!repository.rules.methods.has(method))
    return refused(405, `${method} merges are not allowed on this repository.`);
  if (request.sha !== undefined && request.sha !== pull.head)
    return refused(409, 'Head branch was modified. Review and try the merge again.');
  const how = { method, title: request.commit_title, message: request.commit_message };
  if (!(await mergePull(repository, pull, how))) return refused(405, 'Pull Request is not mergeable');
  return ok({ merged: true, sha: pull.mergeCommit, message: 'Pull Request successfully merged' });
}

const newStatus = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string().default('default'),
  description: z.string().nullish(),
  target_url: z.url({ protocol: /^https?$/ }).nullish(),
});

async function createStatus(repository: StoredRepository, sha: string, body: unknown): Promise<Answer> {
  const { context, state, description = null, target_url = null } = newStatus.parse(body);
  if (!(await hasCommit(repository, sha))) return refused(422, `No commit found for SHA: ${sha}`);
  if (context.length > 255) return invalid({ field: 'context', code: 'custom', message: 'context is too long' });
  if ((description ?? '').length > 140)
    return invalid({ field: 'description', code: 'custom', message: 'description is too long' });
  const status = { state, context, description, target_url };
  repository.statuses.set(sha, [...(repository.statuses.get(sha) ?? []), status]);
  return { status: 201, body: status };
}

async function hasCommit({ bare }: StoredRepository, sha: string): Promise<boolean> {
  try {
    await bare.git(['cat-file', '-e', `${sha}^{commit}`]);
    return true;
  } catch {
    return false; // Git says so by its exit code.
  }
}

async function describeCommit({ bare }: StoredRepository, sha: string) {
  const [date, ...message] = (await bare.git(['show', '-s', '--format=%cI%n%B', sha])).trimEnd().split('\n');
  return { sha, message: message.join('\n'), committer: { name: 'Ada', email: 'ada@contoso.example', date } };
}

async function requestReviewers(repository: StoredRepository, pull: StoredPull, body: unknown): Promise<Answer> {
  const { reviewers, team_reviewers: teams } = z
    .object({ reviewers: z.array(z.string()).default([]), team_reviewers: z.array(z.string()).default([]) })
    .parse(body);
  const { rules, owner, name } = repository;
  if (![...reviewers].every((one) => rules.collaborators.has(one)) || !teams.every((one) => rules.teams.has(one))) {
    const text = `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${owner}/${name} repository.`;
    return refused(422, text);
  }
  for (const one of reviewers) pull.reviewers.add(one);
  for (const one of teams) pull.teams.add(one);
  return { status: 201, body: await describePull(repository, pull) };
}
