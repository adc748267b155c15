import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { PullRequestAsyncStatus, PullRequestStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitPullRequest } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { describe, expect, test, vi } from 'vitest';
import { git } from '../../local/git.ts';
import { parseTrailers } from '../../src/lib/gitops/trailers.ts';
import type { DeliverDeps } from '../../src/lib/updates/deliver-once.ts';
import { deliveryBench } from '../support/delivery.ts';
import type { DeliveryOptions } from '../support/delivery.ts';
import { commitCount, commitFiles, commitTo, fileAtTip } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: pull-request }
environments:
  prod: { tags: { match: '^(\\d+)$', order: numeric } }
  auto: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { autoComplete: true, mergeStrategy: squash } }
  full:
    tags: { match: '^(\\d+)$', order: numeric }
    pullRequest: { reviewers: [grace@contoso.com, nobody@contoso.com], labels: [prod, app], workItems: [7], draft: true }
  all: { tags: { match: '^(\\d+)$', order: numeric }, pullRequest: { group: environment } }
  latest: { tags: { order: newest } }
routes:
  app/{service}:
    image: contoso.azurecr.io/app/{service}
    update: [{ file: 'apps/{service}.yaml', helm: { tag: image.tag } }]
    environments: [prod]
  auto: { image: contoso.azurecr.io/auto, update: [{ file: auto.yaml, helm: { tag: image.tag } }], environments: [auto] }
  full: { image: contoso.azurecr.io/full, update: [{ file: full.yaml, helm: { tag: image.tag } }], environments: [full] }
  latest: { image: contoso.azurecr.io/latest, update: [{ file: latest.yaml, helm: { tag: image.tag } }], environments: [latest] }
  group-{service}:
    image: contoso.azurecr.io/group/{service}
    update: [{ file: 'group/{service}.yaml', helm: { tag: image.tag } }]
    environments: [all]
`;
const values = (tag: string) => `image:\n  tag: "${tag}"\n`;
const files = {
  'apps/api.yaml': values('1'),
  'apps/web.yaml': values('1'),
  'auto.yaml': values('1'),
  'full.yaml': values('1'),
  'latest.yaml': values('1'),
  'group/api.yaml': values('1'),
  'group/web.yaml': values('1'),
  'group/bad.yaml': 'image: [\n',
};

async function bench(devops: NonNullable<DeliveryOptions['devops']> = {}) {
  const world = await deliveryBench({ routes, files, devops });
  const url = `${world.devops.url}/contoso`;
  const api = await new WebApi(url, getPersonalAccessTokenHandler('token')).getGitApi();
  const all = (status = PullRequestStatus.All) => api.getPullRequests('gitops', { status }, 'platform');
  const get = (number: number) => api.getPullRequest('gitops', number, 'platform');
  const change = (number: number, body: GitPullRequest) => api.updatePullRequest(body, 'gitops', number, 'platform');
  const until = (number: number, expected: Partial<GitPullRequest>) =>
    vi.waitFor(async () => expect(await get(number)).toMatchObject(expected), { timeout: 10_000, interval: 20 });
  /** As a person who presses "Complete". */
  const complete = async (number: number, options: GitPullRequest['completionOptions'] = {}) => {
    await until(number, { mergeStatus: PullRequestAsyncStatus.Succeeded });
    const { lastMergeSourceCommit = {} } = await get(number);
    await change(number, { status: PullRequestStatus.Completed, lastMergeSourceCommit, completionOptions: options });
    await until(number, { status: PullRequestStatus.Completed });
  };
  const abandon = (number: number) => change(number, { status: PullRequestStatus.Abandoned });
  const show = (revision: string, path = 'apps/api.yaml') => git(['show', `${revision}:${path}`], world.bare);
  const log = async (range: string) => (await git(['log', '--format=%s', range], world.bare)).trim().split('\n');
  return { ...world, api, all, get, change, until, complete, abandon, show, log };
}

const branch = 'tagrelay/app+api/prod';
const mark = { route: 'app/api', environment: 'prod' };
/** A worker that dies when it has pushed. */
const dying = (store: DeliverDeps['store']): Partial<DeliverDeps> => {
  let writes = 0;
  return {
    store: {
      ...store,
      // The first write announces the push.
      updateSourceBranch: (...args) => {
        writes += 1;
        return writes > 1 ? Promise.reject(new Error('killed')) : store.updateSourceBranch(...args);
      },
    },
  };
};

describe('opening', () => {
  test('a pull request with a change table and trailers; the target is untouched', async () => {
    const { bare, worker, update, store, all, get, show } = await bench();
    const outcome = await worker()(update('app/api', '2'));
    const url = 'https://dev.azure.com/contoso/platform/_git/gitops/pullrequest/1';
    expect(outcome).toEqual({ kind: 'pull-request', number: 1, url, branch, groupSize: 1, previous: '1' });
    expect(await all()).toHaveLength(1);
    const opened = await get(1);
    expect(opened).toMatchObject({
      title: 'deploy(app/api): prod 1 → 2',
      sourceRefName: `refs/heads/${branch}`,
      targetRefName: 'refs/heads/main',
      isDraft: false,
    });
    expect(opened.autoCompleteSetBy).toBeUndefined();
    expect(opened.description).toContain('| `app/api` | `prod` | `1` | `2` |');
    const [trailer] = parseTrailers(opened.description ?? '');
    expect(trailer).toMatchObject({ route: 'app/api', id: update('app/api', '2').id, previous: '1' });
    expect(await show(branch)).toBe(values('2'));
    expect(parseTrailers(await git(['log', '-1', '--format=%B', branch], bare))).toEqual([trailer]);
    expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('1'));
    expect(await store.find(update('app/api', '2'))).toMatchObject({
      state: 'pull-request',
      pullRequest: { number: 1, url },
      previous: '1',
      branch: 'main',
    });
    expect(await store.findMark(mark)).toBeUndefined();
  });

  test('reviewers by mail, labels, work items and draft; a reviewer who is unknown is named in the description', async () => {
    const { worker, update, get, api } = await bench({
      identities: [{ displayName: 'Grace', mail: 'grace@contoso.com' }],
    });
    expect(await worker()(update('full', '2'))).toMatchObject({ kind: 'pull-request' });
    const opened = await get(1);
    expect(opened).toMatchObject({ isDraft: true, labels: [{ name: 'prod' }, { name: 'app' }] });
    expect(opened.reviewers?.map(({ displayName }) => displayName)).toEqual(['Grace']);
    expect(await api.getPullRequestWorkItemRefs('gitops', 1, 'platform')).toMatchObject([{ id: '7' }]);
    expect(opened.description).toContain('No reviewer `nobody@contoso.com` was found.');
    expect(parseTrailers(opened.description ?? '')).toHaveLength(1);
  });

  test('auto-complete with the strategy of the route: the merge is noticed, and the record is committed', async () => {
    const { bare, worker, update, store, until, poll } = await bench();
    await worker()(update('auto', '2'));
    await until(1, { status: PullRequestStatus.Completed });
    expect(await fileAtTip(bare, 'auto.yaml')).toBe(values('2'));
    expect(await commitCount(bare)).toBe(2);
    const message = await git(['log', '-1', '--format=%B', 'main'], bare);
    expect(message.split('\n')[0]).toBe('deploy(auto): auto 1 → 2');
    expect(parseTrailers(message)).toMatchObject([{ id: update('auto', '2').id }]);
    expect(await git(['branch', '--list', 'tagrelay/*'], bare)).toBe('');
    expect(await poll()).toEqual(['merged']);
    expect(await store.find(update('auto', '2'))).toMatchObject({ state: 'committed', pullRequest: { number: 1 } });
    expect(await store.sourceBranches()).toEqual([]);
    expect(await poll()).toEqual([]);
  });

  test('the same update twice, by two workers at once or later, is one pull request with one commit', async () => {
    const { worker, update, all, log } = await bench();
    const outcomes = await Promise.all([worker()(update('app/api', '2')), worker()(update('app/api', '2'))]);
    expect(outcomes.map(({ kind }) => kind)).not.toContain('failed');
    expect(await worker()(update('app/api', '2'))).toEqual({ kind: 'done-before', state: 'pull-request' });
    expect(await all()).toHaveLength(1);
    expect(await log(`main..${branch}`)).toHaveLength(1);
  });

  test('routes have branches of their own, also where one is the beginning of another', async () => {
    const { worker, update, all } = await bench();
    const apply = worker();
    await Promise.all([apply(update('app/api', '2')), apply(update('app/web', '3'))]);
    expect((await all()).map(({ sourceRefName }) => sourceRefName).toSorted()).toEqual([
      'refs/heads/tagrelay/app+api/prod',
      'refs/heads/tagrelay/app+web/prod',
    ]);
  });

  test('a value that the target holds already is committed without a pull request', async () => {
    const { worker, update, all, store } = await bench();
    expect(await worker()(update('app/api', '1'))).toMatchObject({ kind: 'up-to-date' });
    expect(await all()).toEqual([]);
    expect(await store.find(update('app/api', '1'))).toMatchObject({ state: 'committed' });
  });
});

describe('a newer tag', () => {
  test('updates the open pull request instead of opening another', async () => {
    const { worker, update, all, get, show, store, log } = await bench();
    const apply = worker();
    await apply(update('app/api', '2'));
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 1, previous: '1' });
    expect(await all()).toHaveLength(1);
    expect(await show(branch)).toBe(values('3'));
    expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 2 → 3', 'deploy(app/api): prod 1 → 2']);
    const { title, description = '' } = await get(1);
    expect(title).toBe('deploy(app/api): prod 1 → 3');
    expect(parseTrailers(description).map(({ id }) => id)).toEqual([update('app/api', '3').id]);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
    expect(await store.find(update('app/api', '3'))).toMatchObject({ state: 'pull-request' });
  });

  test('an older one than the pull request proposes is superseded', async () => {
    const { worker, update, show, log } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
    expect(await show(branch)).toBe(values('5'));
    expect(await log(`main..${branch}`)).toHaveLength(1);
  });

  test('by push time: the pull request counts as much as the file', async () => {
    const { worker, update } = await bench();
    const apply = worker();
    const at = (day: number) => `2026-11-0${day}T00:00:00.000Z`;
    expect(await apply(update('latest', 'b', at(2)))).toMatchObject({ kind: 'pull-request' });
    expect(await apply(update('latest', 'a', at(1)))).toMatchObject({ kind: 'superseded', by: 'b' });
    expect(await apply(update('latest', 'c', at(3)))).toMatchObject({ kind: 'pull-request', number: 1 });
  });

  test('the mark counts as well', async () => {
    const { bare, worker, update, poll, complete, all } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await complete(1);
    await poll();
    await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'Revert to 3');
    expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
    expect(await apply(update('app/api', '5'))).toMatchObject({ kind: 'done-before', state: 'committed' });
    expect(await all()).toHaveLength(1);
    expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2 });
  });

  test('where the target has moved under the same scalar, the branch is made anew from its tip', async () => {
    const { bare, worker, update, show, log, complete, poll } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'by hand');
    expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 1, previous: '3' });
    expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 3 → 6']);
    expect(await git(['merge-base', 'main', branch], bare)).toBe(await git(['rev-parse', 'main'], bare));
    expect(await show(branch)).toBe(values('6'));
    expect(await git(['branch', '--list', '*=new'], bare)).toBe('');
    await complete(1);
    expect(await poll()).toEqual(['merged']);
  });

  test('where the target has moved elsewhere, the branch only grows', async () => {
    const { bare, worker, update, log } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await commitFiles(bare, { 'apps/web.yaml': values('9') }, 'something else');
    await apply(update('app/api', '6'));
    expect(await log(`main..${branch}`)).toHaveLength(2);
  });

  test('after a squash that left the branch, the next pull request brings only what is new', async () => {
    const { bare, worker, update, log, complete, show } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await complete(1, { squashMerge: true });
    expect(await git(['branch', '--list', branch], bare)).not.toBe('');
    expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '5' });
    expect(await log(`main..${branch}`)).toEqual(['deploy(app/api): prod 5 → 6']);
    expect(await show(branch)).toBe(values('6'));
  });
});

describe('conflicts', () => {
  test('a pull request that conflicts is made anew by the timer', async () => {
    const { bare, worker, update, until, poll, complete } = await bench();
    await worker()(update('app/api', '5'));
    await commitFiles(bare, { 'apps/api.yaml': values('3') }, 'by hand');
    await until(1, { mergeStatus: PullRequestAsyncStatus.Conflicts });
    await poll();
    await complete(1);
    expect(await fileAtTip(bare, 'apps/api.yaml')).toBe(values('5'));
  });

  test('where the target holds a newer tag by then, the pull request is taken back', async () => {
    const { bare, worker, update, until, poll, store, get } = await bench();
    await worker()(update('app/api', '5'));
    await commitFiles(bare, { 'apps/api.yaml': values('9') }, 'by hand');
    await until(1, { mergeStatus: PullRequestAsyncStatus.Conflicts });
    await poll();
    expect(await get(1)).toMatchObject({ status: PullRequestStatus.Abandoned });
    expect(await git(['branch', '--list', 'tagrelay/*'], bare)).toBe('');
    expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'superseded' });
    expect(await store.sourceBranches()).toEqual([]);
  });
});

describe('merged', () => {
  test.each([
    ['by a merge commit', { mergeStrategy: 1 }],
    ['by squash', { mergeStrategy: 2 }],
    ['by rebase', { mergeStrategy: 3 }],
    ['with a message of its own', { mergeStrategy: 2, mergeCommitMessage: 'nothing of ours' }],
  ])('%s: committed at the last merge commit, and the mark is raised', async (_name, options) => {
    const { bare, worker, update, store, poll, complete } = await bench();
    await worker()(update('app/api', '2'));
    await complete(1, options);
    expect(await poll()).toEqual(['merged']);
    const commit = (await git(['rev-parse', 'main'], bare)).trim();
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed', commit, branch: 'main' });
    expect(await store.findMark(mark)).toMatchObject({ tag: '2', commit });
  });

  test('without the value: superseded, with a warning', async () => {
    const { bare, worker, update, store, poll, complete } = await bench();
    await worker()(update('app/api', '2'));
    await commitTo(bare, branch, { 'apps/api.yaml': values('1'), 'other.yaml': 'a: 1\n' }, 'not this one');
    await complete(1);
    expect(await poll()).toEqual(['merged-without']);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
    expect(await store.findMark(mark)).toBeUndefined();
  });

  test('a newer tag that comes before the timer notices both', async () => {
    const { worker, update, store, complete } = await bench();
    const apply = worker();
    await apply(update('app/api', '2'));
    await complete(1, { deleteSourceBranch: true });
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '2' });
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
    expect(await store.findMark(mark)).toMatchObject({ tag: '2' });
  });
});

describe('closed without merging', () => {
  test('is rejected; the same tag is not proposed again, nor an older one, and a newer one is', async () => {
    const { worker, update, store, poll, abandon, all } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await abandon(1);
    expect(await poll()).toEqual(['pull-request-closed']);
    expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'rejected', code: 'pull-request-closed' });
    expect(await apply(update('app/api', '5'))).toEqual({ kind: 'done-before', state: 'rejected' });
    expect(await apply(update('app/api', '4'))).toMatchObject({ kind: 'superseded', by: '5' });
    expect(await all()).toHaveLength(1);
    expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '1' });
  });

  test('a redelivery that comes before the timer respects it too', async () => {
    const { worker, update, store, abandon, all } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await abandon(1);
    await store.remove(update('app/web', '1'));
    expect(await apply(update('app/api', '6'))).toMatchObject({ kind: 'pull-request', number: 2 });
    expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'rejected', code: 'pull-request-closed' });
    expect(await all()).toHaveLength(2);
  });

  test('written to the target by a person after all: committed', async () => {
    const { bare, worker, update, store, poll, abandon } = await bench();
    const apply = worker();
    await apply(update('app/api', '5'));
    await abandon(1);
    await poll();
    await commitFiles(bare, { 'apps/api.yaml': values('5') }, 'by hand');
    expect(await apply(update('app/api', '5'))).toMatchObject({ kind: 'up-to-date' });
    expect(await store.find(update('app/api', '5'))).toMatchObject({ state: 'committed' });
  });
});

describe('somebody else has pushed to the branch', () => {
  const guarded = { policies: [{ branch: 'main', minimumApprovals: 1 }] };

  test('auto-complete is switched off by the timer, and nothing is pushed over it', async () => {
    const { bare, worker, update, get, poll, show } = await bench(guarded);
    const apply = worker();
    await apply(update('auto', '2'));
    expect((await get(1)).autoCompleteSetBy).toBeDefined();
    await commitTo(bare, 'tagrelay/auto/auto', { 'other.yaml': 'a: 1\n' }, 'mine');
    await poll();
    expect((await get(1)).autoCompleteSetBy).toBeUndefined();
    const head = await git(['rev-parse', 'tagrelay/auto/auto'], bare);
    expect(await apply(update('auto', '3'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'pull-request-taken-over', kind: 'retryable' },
    });
    expect(await git(['rev-parse', 'tagrelay/auto/auto'], bare)).toBe(head);
    expect(await show('tagrelay/auto/auto', 'auto.yaml')).toBe(values('2'));
  });

  test('a newer tag switches it off as well', async () => {
    const { bare, worker, update, get } = await bench(guarded);
    const apply = worker();
    await apply(update('auto', '2'));
    await commitTo(bare, 'tagrelay/auto/auto', { 'auto.yaml': values('7') }, 'mine');
    expect(await apply(update('auto', '3'))).toMatchObject({ failure: { code: 'pull-request-taken-over' } });
    expect((await get(1)).autoCompleteSetBy).toBeUndefined();
  });

  test('once their pull request is merged, updates go on', async () => {
    const { bare, worker, update, complete, store } = await bench();
    const apply = worker();
    await apply(update('app/api', '2'));
    await commitTo(bare, branch, { 'other.yaml': 'a: 1\n' }, 'mine');
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'failed' });
    await complete(1, { deleteSourceBranch: true });
    expect(await apply(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 2, previous: '2' });
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'committed' });
  });
});

describe('announce before you push', () => {
  test('the worker died after the push: one commit, one pull request', async () => {
    const { worker, update, store, all, log } = await bench();
    await expect(worker(dying(store))(update('app/api', '2'))).rejects.toThrow('killed');
    expect(await all()).toHaveLength(1);
    expect(await store.find(update('app/api', '2'))).toBeUndefined();
    expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await all()).toHaveLength(1);
    expect(await log(`main..${branch}`)).toHaveLength(1);
    expect(await store.sourceBranches()).toMatchObject([{ announced: [], pullRequest: { number: 1 } }]);
  });

  test('the worker died after the push, and a person closed the pull request before the redelivery', async () => {
    const { worker, update, store, all, abandon } = await bench();
    await expect(worker(dying(store))(update('app/api', '2'))).rejects.toThrow('killed');
    await abandon(1);
    expect(await worker()(update('app/api', '2'))).toEqual({ kind: 'done-before', state: 'rejected' });
    expect(await all()).toHaveLength(1);
  });

  test('the worker died after the push of a newer tag, it was merged, and a person reverted: the revert stays', async () => {
    const { bare, worker, update, store, complete, all } = await bench();
    await worker()(update('app/api', '2'));
    await expect(worker(dying(store))(update('app/api', '3'))).rejects.toThrow('killed');
    await complete(1, { deleteSourceBranch: true });
    await commitFiles(bare, { 'apps/api.yaml': values('1') }, 'Revert');
    expect(await worker()(update('app/api', '3'))).toMatchObject({ kind: 'done-before', state: 'committed' });
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'superseded' });
    expect(await store.findMark(mark)).toMatchObject({ tag: '3' });
    expect(await all()).toHaveLength(1);
  });

  test.each([
    ['pushes', 'after'],
    ['pushes', 'before'],
    ['pullRequests', 'after'],
    ['pullRequests', 'before'],
  ] as const)('the answer of POST %s is lost, %s it was done: one commit, one pull request', async (resource, when) => {
    const { devops, worker, update, all, log, store } = await bench();
    devops.faults.add({ match: { method: 'POST', resource }, times: 1, action: { kind: 'drop', when } });
    expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await all()).toHaveLength(1);
    expect(await log(`main..${branch}`)).toHaveLength(1);
    expect(await store.find(update('app/api', '2'))).toMatchObject({ state: 'pull-request' });
  });

  test('the store has lost everything: our branch is known by its trailers', async () => {
    const { worker, update, store, all, log } = await bench();
    await worker()(update('app/api', '2'));
    for (const { source } of await store.sourceBranches())
      await store.updateSourceBranch(`https://dev.azure.com/contoso/platform/_git/gitops#${source}`, () => 'cleared');
    await store.remove(update('app/api', '2'));
    expect(await store.sourceBranches()).toEqual([]);
    expect(await worker()(update('app/api', '3'))).toMatchObject({ kind: 'pull-request', number: 1 });
    expect(await all()).toHaveLength(1);
    expect(await log(`main..${branch}`)).toHaveLength(2);
  });
});

describe('one pull request for an environment', () => {
  test('takes the updates of all its routes, and grows', async () => {
    const { worker, update, all, get, show, store } = await bench();
    const apply = worker();
    const outcomes = await Promise.all([apply(update('group/api', '2')), apply(update('group/web', '3'))]);
    expect(outcomes).toMatchObject([
      { kind: 'pull-request', number: 1, branch: 'tagrelay-group/all', groupSize: 2 },
      { kind: 'pull-request', number: 1, branch: 'tagrelay-group/all', groupSize: 2 },
    ]);
    await apply(update('group/api', '4'));
    expect(await all()).toHaveLength(1);
    expect(await show('tagrelay-group/all', 'group/api.yaml')).toBe(values('4'));
    expect(await show('tagrelay-group/all', 'group/web.yaml')).toBe(values('3'));
    const { title, description = '' } = await get(1);
    expect(title).toBe('deploy: 2 image updates');
    expect(parseTrailers(description).map(({ image }) => image)).toEqual([
      'contoso.azurecr.io/group/web:3',
      'contoso.azurecr.io/group/api:4',
    ]);
    expect(await store.find(update('group/web', '3'))).toMatchObject({ state: 'pull-request' });
  });

  test('one bad update holds up no other, and each record ends by its own value', async () => {
    const { bare, worker, update, complete, poll, store } = await bench();
    const apply = worker();
    const outcomes = await Promise.all(['api', 'bad', 'web'].map((name) => apply(update(`group/${name}`, '2'))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['pull-request', 'failed', 'pull-request']);
    await commitTo(bare, 'tagrelay-group/all', { 'group/web.yaml': values('1') }, 'not web');
    await complete(1);
    expect((await poll()).toSorted()).toEqual(['merged', 'merged-without']);
    expect(await store.find(update('group/api', '2'))).toMatchObject({ state: 'committed' });
    expect(await store.find(update('group/web', '2'))).toMatchObject({ state: 'superseded' });
  });

  test('what the target holds by then leaves the pull request when it is made anew', async () => {
    const { bare, worker, update, poll, until, store, log, show } = await bench();
    const apply = worker();
    await Promise.all([apply(update('group/api', '2')), apply(update('group/web', '3'))]);
    await commitFiles(bare, { 'group/web.yaml': values('3') }, 'by hand');
    await commitFiles(bare, { 'group/web.yaml': values('3'), 'group/api.yaml': values('0') }, 'by hand too');
    await until(1, { mergeStatus: PullRequestAsyncStatus.Conflicts });
    await poll();
    expect(await log('main..tagrelay-group/all')).toEqual(['deploy(group-api): all 0 → 2']);
    expect(await show('tagrelay-group/all', 'group/api.yaml')).toBe(values('2'));
    expect(await store.find(update('group/web', '3'))).toMatchObject({ state: 'committed' });
  });
});

describe('compare-and-swap', () => {
  test('four workers, eight tags: one pull request with the newest, and every record ends so', async () => {
    const { worker, update, all, show, store } = await bench();
    const tags = ['2', '3', '4', '5', '6', '7', '8', '9'];
    const workers = [worker(), worker(), worker(), worker()];
    const outcomes = await Promise.all(
      tags.map((tag, index) => (workers[index % 4] ?? worker())(update('app/api', tag))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(await all()).toHaveLength(1);
    expect(await show(branch)).toBe(values('9'));
    expect(await store.find(update('app/api', '9'))).toMatchObject({ state: 'pull-request' });
  });
});

test('a target that refuses direct pushes takes pull requests', async () => {
  const { worker, update } = await bench({ policies: [{ branch: 'main' }] });
  expect(await worker()(update('app/api', '2'))).toMatchObject({ kind: 'pull-request' });
});
