import { GitStatusState } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect, test } from 'vitest';
import { startDevOps } from '../../../local/devops/devops.ts';
import { addFile, call, gitClient, problemOf, push, startEmulator, token, zero } from './emulator.ts';

const emulator = await startEmulator({ now: () => new Date('2026-11-20T10:00:00.5Z') });
const api = await gitClient(emulator.organization);
let tip = zero;

/** A new commit and the URL of its statuses. */
async function commit(): Promise<{ id: string; url: string }> {
  const id = await push(emulator, tip, [addFile(`/${tip}`, '')]);
  tip = id;
  return { id, url: `${emulator.repository}/commits/${id}/statuses` };
}

const context = { name: 'dev/shop', genre: 'argocd' };

test('a status is answered 201 with who posted it and when', async () => {
  const { url } = await commit();
  const body = { state: 'succeeded', description: 'healthy', targetUrl: 'https://argocd.contoso.example/a', context };
  const { status, body: answer } = await call(url, body);
  expect(status).toBe(201);
  expect(answer).toEqual({
    ...body,
    id: expect.any(Number),
    creationDate: '2026-11-20T10:00:00.500Z',
    updatedDate: '2026-11-20T10:00:00.500Z',
    createdBy: expect.objectContaining({ uniqueName: 'tagrelay@localhost' }),
  });
  expect((await call(url)).body).toEqual({ count: 1, value: [answer] });
});

test('the client package posts and reads states as numbers', async () => {
  const { id } = await commit();
  const posted = await api.createCommitStatus({ state: GitStatusState.Pending, context }, id, 'gitops', 'platform');
  expect(posted).toMatchObject({ state: GitStatusState.Pending, context, creationDate: expect.any(Date) });
  await api.createCommitStatus({ state: GitStatusState.Failed, context }, id, 'gitops', 'platform');
  const other = { name: 'dev/shop' };
  await api.createCommitStatus({ state: GitStatusState.Error, context: other }, id, 'gitops', 'platform');
  const states = async (latestOnly: boolean, top?: number) =>
    (await api.getStatuses(id, 'gitops', 'platform', top, 0, latestOnly)).map(({ state }) => state);
  expect(await states(false)).toEqual([GitStatusState.Error, GitStatusState.Failed, GitStatusState.Pending]);
  expect(await states(true)).toEqual([GitStatusState.Error, GitStatusState.Failed]);
  expect(await states(false, 1)).toEqual([GitStatusState.Error]);
});

test('what the service does not take is refused', async () => {
  const { url } = await commit();
  const argument = [400, 'InvalidArgumentValueException'];
  expect(problemOf(await call(url, { state: 'succeeded' }))).toEqual(argument);
  expect(problemOf(await call(url, { state: 'succeeded', context: { genre: 'argocd' } }))).toEqual(argument);
  expect(problemOf(await call(url, { state: 'healthy', context }))).toEqual(argument);
  expect(problemOf(await call(url, { state: 'partiallySucceeded', context }))).toEqual(argument);
  const preview = { headers: { accept: 'application/json;api-version=7.2-preview.2' } };
  expect((await call(url, { state: 'partiallySucceeded', context }, preview)).status).toBe(201);
  expect((await call(url)).body.count).toBe(1);
});

test('a commit that does not exist has no statuses', async () => {
  const url = `${emulator.repository}/commits/${'1'.repeat(40)}/statuses`;
  const unknown = [404, 'GitCommitDoesNotExistException'];
  expect(problemOf(await call(url, { state: 'pending', context }))).toEqual(unknown);
  expect(problemOf(await call(url))).toEqual(unknown);
  expect(await api.createCommitStatus({ state: 1, context }, '1'.repeat(40), 'gitops', 'platform')).toBeNull();
});

test('statuses outlive a restart', async () => {
  const { id, url } = await commit();
  const { body } = await call(url, { state: 'pending', context });
  await emulator.close();
  const gitops = { organization: 'contoso', project: 'platform', name: 'gitops', directory: emulator.directory };
  const again = await startDevOps({ port: 0, repositories: [gitops], tokens: [token] });
  try {
    const path = `/contoso/platform/_apis/git/repositories/gitops/commits/${id}/statuses`;
    expect((await call(`${again.url}${path}`)).body.value).toMatchObject([{ id: body.id, state: 'pending', context }]);
    expect((await call(`${again.url}${path}`, { context })).body.id).toBe(Number(body.id) + 1);
  } finally {
    await again.close();
  }
});
