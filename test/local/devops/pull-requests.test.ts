import {
  GitPullRequestMergeStrategy,
  GitPullRequestQueryType,
  PullRequestAsyncStatus,
  PullRequestStatus,
} from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitPullRequest } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { describe, expect, test } from 'vitest';
import { startDevOps } from '../../../local/devops/devops.ts';
import { addFile, call, editFile, git, gitClient, problemOf, push, startEmulator, token, zero } from './emulator.ts';
import type { Emulator } from './emulator.ts';
import { eventually } from '../../support/eventually.ts';

const people = [
  { displayName: 'Grace', mail: 'grace@contoso.com' },
  { displayName: 'Gone', mail: 'gone@contoso.com', isActive: false },
];
const emulator = await startEmulator({ identities: people });
const api = await gitClient(emulator.organization);
const pullRequests = `${emulator.repository}/pullrequests`;
const first = await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n'), addFile('/b.yaml', 'b: 1\n')]);
const grace = await identityOf('grace@contoso.com');

async function identityOf(mail: string): Promise<string> {
  const url = `${emulator.organization}/_apis/identities?searchFilter=MailAddress&filterValue=${mail}`;
  return String((await call(url)).body.value[0]?.id);
}

function tipOf(branch: string, { directory }: Pick<Emulator, 'directory'> = emulator): Promise<string> {
  return git(directory, 'rev-parse', `refs/heads/${branch}`);
}

let targets = 0;

/** A target of its own with `first` at its tip, and a source branch with commits on top. */
async function open(changes: Parameters<typeof push>[2] = [editFile('/a.yaml', 'a: 2\n')], more: object = {}) {
  targets += 1;
  const target = `target${targets}`;
  const source = `source${targets}`;
  await api.updateRefs([{ name: `refs/heads/${target}`, oldObjectId: zero, newObjectId: first }], 'gitops', 'platform');
  const head = await push(emulator, first, changes, { comment: `deploy a ${targets}` }, source);
  const body = {
    sourceRefName: `refs/heads/${source}`,
    targetRefName: `refs/heads/${target}`,
    title: 'A title',
    ...more,
  };
  const created = await api.createPullRequest(body, 'gitops', 'platform');
  return { target, source, head, created, id: created.pullRequestId ?? 0, body };
}

function get(id: number): Promise<GitPullRequest> {
  return api.getPullRequest('gitops', id, 'platform');
}

function until(id: number, expected: Partial<GitPullRequest>): Promise<GitPullRequest> {
  const look = async () => {
    const found = await get(id);
    expect(found).toMatchObject(expected);
    return found;
  };
  return eventually(look);
}

async function findByCommit(type: GitPullRequestQueryType, item: string): Promise<unknown[] | undefined> {
  const { results } = await api.getPullRequestQuery({ queries: [{ type, items: [item] }] }, 'gitops', 'platform');
  return results?.[0]?.[item]?.map(({ pullRequestId }) => pullRequestId);
}

function patch(id: number, body: GitPullRequest): Promise<GitPullRequest> {
  return api.updatePullRequest(body, 'gitops', id, 'platform');
}

describe('opening', () => {
  test('the answer is 201 with a merge that is queued, and then succeeds', async () => {
    const { created, head, id } = await open(undefined, { isDraft: true, labels: [{ name: 'prod' }] });
    expect(created).toMatchObject({
      status: PullRequestStatus.Active,
      mergeStatus: PullRequestAsyncStatus.Queued,
      isDraft: true,
      labels: [{ name: 'prod' }],
      lastMergeSourceCommit: { commitId: head },
      lastMergeTargetCommit: { commitId: first },
      createdBy: { uniqueName: 'tagrelay@localhost' },
    });
    await until(id, { mergeStatus: PullRequestAsyncStatus.Succeeded });
    expect(await get(id)).toMatchObject({ lastMergeCommit: { commitId: expect.stringMatching(/^[0-9a-f]{40}$/) } });
    expect(await api.getPullRequestById(id, 'platform')).toMatchObject({ pullRequestId: id });
  });

  test('a second active one between the same branches is refused', async () => {
    const { body } = await open();
    expect(problemOf(await call(pullRequests, body))).toEqual([409, 'GitPullRequestExistsException']);
  });

  test('what does not exist or is too long is refused', async () => {
    const { body } = await open();
    const refused = async (more: object) => problemOf(await call(pullRequests, { ...body, ...more }));
    const argument = [400, 'InvalidArgumentValueException'];
    expect(await refused({ sourceRefName: 'refs/heads/none' })).toEqual(argument);
    expect(await refused({ targetRefName: 'main' })).toEqual(argument);
    expect(await refused({ targetRefName: body.sourceRefName })).toEqual(argument);
    expect(await refused({ title: 'x'.repeat(401) })).toEqual(argument);
    expect(await refused({ title: '' })).toEqual(argument);
    expect(await refused({ description: 'x'.repeat(4001) })).toEqual(argument);
    expect(await refused({ reviewers: [{ id: 'grace@contoso.com' }] })).toEqual([400, 'GitPullRequestInvalidReviewer']);
    expect(problemOf(await call(`${pullRequests}/999999`))).toEqual([404, 'GitPullRequestNotFoundException']);
  });

  test('reviewers by id, and work items', async () => {
    const { id } = await open(undefined, { reviewers: [{ id: grace }], workItemRefs: [{ id: '7' }] });
    expect(await api.getPullRequestReviewers('gitops', id, 'platform')).toMatchObject([
      { id: grace, vote: 0, displayName: 'Grace' },
    ]);
    expect(await api.getPullRequest('gitops', id, 'platform', undefined, 0, 0, false, true)).toMatchObject({
      workItemRefs: [{ id: '7' }],
    });
  });
});

describe('identities', () => {
  test('are found by mail and by name; others are not', async () => {
    const find = async (filter: string, value: string) =>
      (await call(`${emulator.organization}/_apis/identities?searchFilter=${filter}&filterValue=${value}`)).body.value;
    expect(await find('MailAddress', 'GRACE@contoso.com')).toMatchObject([{ id: grace, isActive: true }]);
    expect(await find('General', 'Grace')).toMatchObject([{ id: grace }]);
    expect(await find('AccountName', 'gone@contoso.com')).toMatchObject([{ isActive: false }]);
    expect(await find('MailAddress', 'nobody@contoso.com')).toEqual([]);
    const wrong = await call(`${emulator.organization}/_apis/identities`);
    expect(problemOf(wrong)).toEqual([400, 'InvalidArgumentValueException']);
  });
});

describe('searching', () => {
  test('by branches and status; descriptions are cut in lists', async () => {
    const { id, body } = await open(undefined, { description: 'd'.repeat(1000) });
    const criteria = { sourceRefName: body.sourceRefName, targetRefName: body.targetRefName };
    const [found, ...others] = await api.getPullRequests('gitops', criteria, 'platform');
    expect(found).toMatchObject({ pullRequestId: id, description: 'd'.repeat(400) });
    expect(others).toEqual([]);
    expect((await get(id)).description).toHaveLength(1000);
    const completed = { ...criteria, status: PullRequestStatus.Completed };
    expect(await api.getPullRequests('gitops', completed, 'platform')).toEqual([]);
    await patch(id, { status: PullRequestStatus.Abandoned });
    expect(await api.getPullRequests('gitops', criteria, 'platform')).toEqual([]);
    const all = { ...criteria, status: PullRequestStatus.All };
    expect(await api.getPullRequests('gitops', all, 'platform')).toMatchObject([{ pullRequestId: id }]);
    expect(await api.getPullRequestsByProject('platform', all)).toMatchObject([{ pullRequestId: id }]);
  });

  test('by the commit of a merge', async () => {
    const { id, head } = await open();
    await patch(id, { status: PullRequestStatus.Completed, lastMergeSourceCommit: { commitId: head } });
    await until(id, { status: PullRequestStatus.Completed });
    const merged = String((await get(id)).lastMergeCommit?.commitId);
    expect(await findByCommit(GitPullRequestQueryType.LastMergeCommit, merged)).toEqual([id]);
    expect(await findByCommit(GitPullRequestQueryType.LastMergeCommit, head)).toBeUndefined();
    expect(await findByCommit(GitPullRequestQueryType.Commit, head)).toEqual([id]);
  });
});

test('a query by commits answers with names of its types, also one with numbers', async () => {
  const queries = [
    { type: 1, items: [first] },
    { type: 'commit', items: [first] },
  ];
  const { body } = await call(`${emulator.repository}/pullrequestquery`, { queries });
  expect(body).toMatchObject({ queries: [{ type: 'lastMergeCommit' }, { type: 'commit' }] });
});

describe('another target', () => {
  test('the merge is tried again, and a completion goes into the new target', async () => {
    const { id, head, target } = await open();
    await until(id, { mergeStatus: PullRequestAsyncStatus.Succeeded });
    const other = `${target}-other`;
    await api.updateRefs(
      [{ name: `refs/heads/${other}`, oldObjectId: zero, newObjectId: first }],
      'gitops',
      'platform',
    );
    expect(await patch(id, { targetRefName: `refs/heads/${other}` })).toMatchObject({
      targetRefName: `refs/heads/${other}`,
    });
    await until(id, { mergeStatus: PullRequestAsyncStatus.Succeeded });
    await patch(id, { status: PullRequestStatus.Completed, lastMergeSourceCommit: { commitId: head } });
    await until(id, { status: PullRequestStatus.Completed, targetRefName: `refs/heads/${other}` });
    expect(await git(emulator.directory, 'show', `${other}:a.yaml`)).toBe('a: 2');
    expect(await tipOf(target)).toBe(first);
  });

  test('refused: no branch, the source itself, and a target that has such a pull request', async () => {
    const { id, body, target } = await open();
    const refused = async (targetRefName: string) =>
      problemOf(await call(`${pullRequests}/${id}`, { targetRefName }, { method: 'PATCH' }));
    expect(await refused('refs/heads/none')).toEqual([400, 'InvalidArgumentValueException']);
    expect(await refused(body.sourceRefName)).toEqual([400, 'InvalidArgumentValueException']);
    const other = `refs/heads/${target}-other`;
    await api.updateRefs([{ name: other, oldObjectId: zero, newObjectId: first }], 'gitops', 'platform');
    await api.createPullRequest({ ...body, targetRefName: other }, 'gitops', 'platform');
    expect(await refused(other)).toEqual([409, 'GitPullRequestExistsException']);
  });
});

describe('completing', () => {
  test.each([
    ['noFastForward', 2, 'Merged PR', 3],
    ['squash', 1, 'Merged PR', 2],
    ['rebase', 1, 'deploy a', 2],
    ['rebaseMerge', 2, 'Merged PR', 3],
  ] as const)('%s', async (strategy, parents, subject, commits) => {
    const { id, head, target } = await open();
    const other = await push(emulator, first, [editFile('/b.yaml', 'b: 2\n')], { comment: 'other' }, target);
    const mergeStrategy = GitPullRequestMergeStrategy[upperFirst(strategy)];
    const answer = await patch(id, {
      status: PullRequestStatus.Completed,
      lastMergeSourceCommit: { commitId: head },
      completionOptions: { mergeStrategy },
    });
    expect(answer.status).toBe(PullRequestStatus.Active);
    await until(id, { status: PullRequestStatus.Completed });
    const tip = await tipOf(target);
    expect(await get(id)).toMatchObject({ lastMergeCommit: { commitId: tip } });
    expect(await git(emulator.directory, 'show', `${tip}:a.yaml`)).toBe('a: 2');
    expect(await git(emulator.directory, 'show', `${tip}:b.yaml`)).toBe('b: 2');
    expect((await git(emulator.directory, 'log', '-1', '--format=%P', tip)).split(' ')).toHaveLength(parents);
    expect(await git(emulator.directory, 'log', '-1', '--format=%s', tip)).toContain(subject);
    const between = await git(emulator.directory, 'rev-list', '--count', `${first}..${tip}`);
    expect(Number(between)).toBe(commits);
    expect(await git(emulator.directory, 'merge-base', other, tip)).toBe(other);
  });

  test('by a head that is not the last one is 409', async () => {
    const { id } = await open();
    const stale = { status: 'completed', lastMergeSourceCommit: { commitId: first } };
    const answer = await call(`${pullRequests}/${id}`, stale, { method: 'PATCH' });
    expect(problemOf(answer)).toEqual([409, 'GitPullRequestStaleException']);
    const missing = await call(`${pullRequests}/${id}`, { status: 'completed' }, { method: 'PATCH' });
    expect(problemOf(missing)).toEqual([409, 'GitPullRequestStaleException']);
  });

  test('the source is deleted and the message is the given one, if asked for', async () => {
    const { id, head, source, target } = await open();
    await patch(id, {
      status: PullRequestStatus.Completed,
      lastMergeSourceCommit: { commitId: head },
      completionOptions: { deleteSourceBranch: true, mergeCommitMessage: 'mine', squashMerge: true },
    });
    await until(id, { status: PullRequestStatus.Completed });
    expect(await git(emulator.directory, 'log', '-1', '--format=%B', `refs/heads/${target}`)).toBe('mine');
    expect(await git(emulator.directory, 'branch', '--list', source)).toBe('');
    const again = await call(`${pullRequests}/${id}`, { title: 'x' }, { method: 'PATCH' });
    expect(problemOf(again)).toEqual([403, 'GitPullRequestNotEditableException']);
  });

  test('conflicts are found, and go when the source moves', async () => {
    const { id, head, source, target } = await open();
    await push(emulator, first, [editFile('/a.yaml', 'a: 3\n')], {}, target);
    await until(id, { mergeStatus: PullRequestAsyncStatus.Conflicts });
    await patch(id, { status: PullRequestStatus.Completed, lastMergeSourceCommit: { commitId: head } });
    await until(id, { status: PullRequestStatus.Active, mergeStatus: PullRequestAsyncStatus.Conflicts });
    await api.updateRefs(
      [{ name: `refs/heads/${source}`, oldObjectId: head, newObjectId: await tipOf(target) }],
      'gitops',
      'platform',
    );
    const found = await until(id, { mergeStatus: PullRequestAsyncStatus.Succeeded });
    expect(found.status).toBe(PullRequestStatus.Active);
  });

  test('what a plain Git client pushes to the source is seen', async () => {
    const { id, source } = await open();
    const pushed = await git(emulator.directory, 'commit-tree', '-p', source, '-m', 'x', `${source}^{tree}`);
    await git(emulator.directory, 'update-ref', `refs/heads/${source}`, pushed);
    const found = await until(id, { lastMergeSourceCommit: { commitId: pushed } });
    expect(found.status).toBe(PullRequestStatus.Active);
  });
});

describe('auto-complete', () => {
  test('completes when the votes are there', async () => {
    const guarded = await startEmulator({
      identities: people,
      repositories: [
        {
          organization: 'contoso',
          project: 'platform',
          name: 'gitops',
          directory: `${emulator.directory}-guarded`,
          policies: [{ branch: 'main', minimumApprovals: 1 }],
        },
      ],
    });
    const client = await gitClient(guarded.organization);
    const base = await push(guarded, zero, [addFile('/a.yaml', 'a: 1\n')], {}, 'seed');
    await git(`${emulator.directory}-guarded`, 'update-ref', 'refs/heads/main', base);
    const direct = await call(`${guarded.repository}/pushes`, {
      refUpdates: [{ name: 'refs/heads/main', oldObjectId: base }],
      commits: [{ comment: 'x', changes: [editFile('/a.yaml', 'a: 2\n')] }],
    });
    expect(problemOf(direct)).toEqual([403, 'GitRefUpdateRejectedByPolicyException']);
    const moved = await client.updateRefs(
      [{ name: 'refs/heads/main', oldObjectId: base, newObjectId: zero }],
      'gitops',
      'platform',
    );
    expect(moved).toMatchObject([{ success: false }]);

    const head = await push(guarded, base, [editFile('/a.yaml', 'a: 2\n')], {}, 'source');
    const body = { sourceRefName: 'refs/heads/source', targetRefName: 'refs/heads/main', title: 't' };
    const { pullRequestId: id = 0, createdBy } = await client.createPullRequest(body, 'gitops', 'platform');
    await client.updatePullRequest({ autoCompleteSetBy: { id: String(createdBy?.id) } }, 'gitops', id, 'platform');
    const url = `${guarded.repository}/pullrequests/${id}`;
    const now = { status: 'completed', lastMergeSourceCommit: { commitId: head } };
    expect(problemOf(await call(url, now, { method: 'PATCH' }))).toEqual([
      403,
      'GitPullRequestUpdateRejectedByPolicyException',
    ]);
    expect(await client.getPullRequest('gitops', id, 'platform')).toMatchObject({
      status: PullRequestStatus.Active,
      autoCompleteSetBy: { id: createdBy?.id },
    });
    await client.createPullRequestReviewer({ vote: 10 }, 'gitops', id, grace, 'platform');
    await eventually(async () =>
      expect(await client.getPullRequest('gitops', id, 'platform')).toMatchObject({
        status: PullRequestStatus.Completed,
      }),
    );
  });

  test('is switched off by the empty id', async () => {
    const { id, created } = await open(undefined, { isDraft: true });
    const on = await patch(id, { autoCompleteSetBy: { id: String(created.createdBy?.id) } });
    expect(on.autoCompleteSetBy?.id).toBe(created.createdBy?.id);
    const off = await patch(id, { autoCompleteSetBy: { id: '00000000-0000-0000-0000-000000000000' } });
    expect(off.autoCompleteSetBy).toBeUndefined();
  });
});

test('pull requests outlive a restart, and their numbers go on', async () => {
  const { id, body } = await open();
  await until(id, { mergeStatus: PullRequestAsyncStatus.Succeeded });
  const gitops = { organization: 'contoso', project: 'platform', name: 'gitops', directory: emulator.directory };
  const again = await startDevOps({ port: 0, repositories: [gitops], tokens: [token] });
  try {
    const url = `${again.url}/contoso/platform/_apis/git/repositories/gitops/pullrequests`;
    const kept = await call(`${url}/${id}`);
    expect(kept.body).toMatchObject({ pullRequestId: id, title: body.title });
    await call(`${url}/${id}`, { status: 'abandoned' }, { method: 'PATCH' });
    expect((await call(url, body)).body).toMatchObject({ pullRequestId: id + 1 });
  } finally {
    await again.close();
  }
});

function upperFirst<T extends string>(text: T): Capitalize<T> {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}` as Capitalize<T>;
}
