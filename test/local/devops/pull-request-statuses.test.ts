import { GitStatusState } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect, test } from 'vitest';
import { addFile, call, editFile, gitClient, problemOf, push, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator();
const api = await gitClient(emulator.organization);
const first = await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n')]);
const context = { name: 'prod/shop', genre: 'argocd' };
const patchType = { method: 'PATCH', headers: { 'content-type': 'application/json-patch+json' } };
let branches = 0;

async function open() {
  branches += 1;
  const branch = `topic${branches}`;
  const head = await push(emulator, first, [editFile('/a.yaml', `a: ${branches + 1}\n`)], {}, branch);
  const refs = { sourceRefName: `refs/heads/${branch}`, targetRefName: 'refs/heads/main' };
  const { pullRequestId: id = 0 } = await api.createPullRequest({ ...refs, title: branch }, 'gitops', 'platform');
  return { id, branch, head, url: `${emulator.repository}/pullRequests/${id}/statuses` };
}

test('a status of a pull request is answered 200, numbered, with links', async () => {
  const { id, url } = await open();
  const { status, body } = await call(url, { state: 'pending', description: 'waits', context });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: 1,
    state: 'pending',
    description: 'waits',
    context,
    createdBy: { uniqueName: 'tagrelay@localhost' },
    _links: { self: { href: expect.stringContaining(`/pullRequests/${id}/statuses/1`) } },
  });
  const second = await api.createPullRequestStatus({ state: GitStatusState.Failed, context }, 'gitops', id, 'platform');
  expect(second).toMatchObject({ id: 2, state: GitStatusState.Failed });
  const all = await api.getPullRequestStatuses('gitops', id, 'platform');
  expect(all.map(({ state }) => state)).toEqual([GitStatusState.Pending, GitStatusState.Failed]);
  expect(await api.getPullRequestStatus('gitops', id, 2, 'platform')).toMatchObject({ id: 2 });
});

test('a push begins an iteration, and a status may belong to one', async () => {
  const { id, branch, head, url } = await open();
  await push(emulator, head, [editFile('/a.yaml', 'a: again\n')], {}, branch);
  expect((await call(url, { state: 'succeeded', context, iterationId: 2 })).body).toMatchObject({ iterationId: 2 });
  await api.createPullRequestIterationStatus({ state: 3, context }, 'gitops', id, 1, 'platform');
  const ofFirst = await api.getPullRequestIterationStatuses('gitops', id, 1, 'platform');
  expect(ofFirst).toMatchObject([{ iterationId: 1, state: GitStatusState.Failed }]);
  const argument = [400, 'InvalidArgumentValueException'];
  expect(problemOf(await call(url, { state: 'succeeded', context, iterationId: 3 }))).toEqual(argument);
});

test('statuses are removed by a JSON patch, and one by one', async () => {
  const { id, url } = await open();
  for (const name of ['a', 'b', 'c']) await call(url, { state: 'pending', context: { name } });
  const answer = await call(url, [{ op: 'remove', path: '/1', from: null, value: null }], patchType);
  expect([answer.status, answer.text]).toEqual([204, '']);
  await api.updatePullRequestStatuses({}, [{ op: 1, path: '/2' }], 'gitops', id, 'platform');
  expect((await call(url)).body.value.map((status) => status.id)).toEqual([3]);
  await api.deletePullRequestStatus('gitops', id, 3, 'platform');
  expect((await call(url)).body.count).toBe(0);
});

test('what the service does not take is refused', async () => {
  const { url } = await open();
  await call(url, { state: 'pending', context });
  const remove = [{ op: 'remove', path: '/7' }];
  expect(problemOf(await call(url, remove, patchType))).toEqual([404, 'GitPullRequestStatusNotFoundException']);
  expect(problemOf(await call(url, remove, { method: 'PATCH' }))).toEqual([
    415,
    'VssRequestContentTypeNotSupportedException',
  ]);
  const argument = [400, 'InvalidArgumentValueException'];
  expect(problemOf(await call(url, [{ op: 'add', path: '/1', value: {} }], patchType))).toEqual(argument);
  expect(problemOf(await call(url, [{ op: 'remove', path: '1' }], patchType))).toEqual(argument);
  expect(problemOf(await call(url, { state: 'pending' }))).toEqual(argument);
  const unknown = `${emulator.repository}/pullRequests/999/statuses`;
  expect(problemOf(await call(unknown, { context }))).toEqual([404, 'GitPullRequestNotFoundException']);
});

test('properties come back with their types, of statuses and of pull requests', async () => {
  const { url } = await open();
  const bytes = { $type: 'System.Byte[]', $value: 'dGFn' };
  const properties = { revision: 7, weight: 1.5, note: 'waits', bytes };
  const typed = {
    revision: { $type: 'System.Int32', $value: 7 },
    weight: { $type: 'System.Double', $value: 1.5 },
    note: { $type: 'System.String', $value: 'waits' },
    bytes,
  };
  expect((await call(url, { state: 'pending', context, properties })).body).toMatchObject({ properties: typed });
});
