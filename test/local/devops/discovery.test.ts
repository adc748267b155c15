import { expect, test } from 'vitest';
import {
  call,
  gitClient,
  problemOf,
  push,
  addFile,
  startEmulator,
  temporaryDirectory,
  token,
  zero,
} from './emulator.ts';

const emulator = await startEmulator();
await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n')]);
const asOptions = { method: 'OPTIONS' };

test('a client of an organization makes the three discovery calls once, then only the real one', async () => {
  const api = await gitClient(emulator.organization);
  const before = emulator.requests.length;
  await api.getRefs('gitops', 'platform', 'heads/main');
  await api.getRefs('gitops', 'platform', 'heads/main');
  const sent = emulator.requests.slice(before - 2).map(({ method, path }) => `${method} ${path}`);
  const refs = 'GET /contoso/platform/_apis/git/repositories/gitops/refs?filter=heads%2Fmain';
  expect(sent).toEqual([
    'OPTIONS /contoso/_apis/Location',
    'GET /contoso/_apis/ResourceAreas',
    'OPTIONS /contoso/_apis/git',
    refs,
    refs,
  ]);
});

test('a location says where a resource is and which versions it has', async () => {
  const { body } = await call(`${emulator.organization}/_apis/git`, undefined, asOptions);
  expect(body.count).toBe(body.value.length);
  expect(body.value).toContainEqual({
    id: 'ea98d07b-3c87-4971-8ede-a613694ffb55',
    area: 'git',
    resourceName: 'pushes',
    routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{pushId}',
    resourceVersion: 3,
    minVersion: '1.0',
    maxVersion: '7.2',
    releasedVersion: '7.1',
  });
});

test('every location has an id of its own', async () => {
  const { body } = await call(`${emulator.organization}/_apis`, undefined, asOptions);
  const ids = body.value.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('e81700f7-3be2-46de-8624-2eb35882fcaa');
});

test('a collection of Azure DevOps Server, with a path in front, works with the client package', async () => {
  const directory = await temporaryDirectory();
  await emulator.addRepository({
    organization: 'tfs/Default Collection',
    project: 'My Project',
    name: 'my repo',
    directory,
  });
  const collection = `${emulator.url}/tfs/Default%20Collection`;
  expect((await call(`${collection}/_apis/ResourceAreas`)).body).toEqual({ count: 0, value: null });
  const api = await gitClient(collection);
  expect(await api.getRepository('my repo', 'My Project')).toMatchObject({
    name: 'my repo',
    remoteUrl: `${collection}/My%20Project/_git/my%20repo`,
    project: { name: 'My Project' },
  });
});

test('repositories are found by name in any case, by id, with and without a project', async () => {
  const { body } = await call(emulator.repository);
  expect(body).toMatchObject({ name: 'gitops', defaultBranch: 'refs/heads/main' });
  const byId = `${emulator.organization}/_apis/git/repositories/${body.id}`;
  for (const url of [byId, `${emulator.organization}/PLATFORM/_apis/GIT/Repositories/GitOps`, body.url]) {
    expect((await call(url)).body.id).toBe(body.id);
  }
  const { body: all } = await call(`${emulator.organization}/${body.project.id}/_apis/git/repositories`);
  expect(all).toMatchObject({ count: 1, value: [{ id: body.id }] });
});

test.each([
  ['5.0', false, false],
  ['5.1', true, false],
  ['6.0', true, true],
  ['7.1', true, true],
])('a repository as version %s has it', async (version, webUrl, isDisabled) => {
  const urls = [emulator.repository, `${emulator.organization}/platform/_apis/git/repositories`];
  for (const url of urls) {
    const { body } = await call(`${url}?api-version=${version}`);
    const found = url === emulator.repository ? body : body.value[0];
    expect(found).toMatchObject({ name: 'gitops', project: { visibility: 'private' } });
    expect([found && 'webUrl' in found, found && 'isDisabled' in found]).toEqual([webUrl, isDisabled]);
  }
});

test('a repository keeps its id over a restart', async () => {
  const other = await startEmulator();
  expect((await call(other.repository)).body.id).toBe((await call(emulator.repository)).body.id);
  expect((await call(other.repository)).body.defaultBranch).toBeUndefined();
});

test.each([
  ['contoso/platform/_apis/git/repositories/none', 404, 'GitRepositoryNotFoundException'],
  ['contoso/_apis/git/repositories/gitops', 400, 'InvalidArgumentValueException'],
  ['contoso/none/_apis/git/repositories/gitops', 404, 'ProjectDoesNotExistWithNameException'],
  ['contoso/platform/_apis/git/repositories/gitops/nothing', 404, 'HttpException'],
  ['contoso/platform/_apis/nothing', 404, 'HttpException'],
  ['contoso/_apis/git/repositories/00000000-0000-0000-0000-000000000000', 404, 'GitRepositoryNotFoundException'],
  ['nobody/_apis/git/repositories', 404, undefined],
  ['contoso/a/b/_apis/git/repositories', 404, undefined],
  ['contoso/%ff/_apis/git/repositories', 404, undefined],
  ['', 404, undefined],
  ['/contoso/_apis/git/repositories', 200, undefined],
])('GET /%s is answered %d %s', async (path, status, typeKey) => {
  expect(problemOf(await call(`${emulator.url}/${path}`))).toEqual([status, typeKey]);
});

test('an error has the shape of the service', async () => {
  const { body } = await call(`${emulator.repository}x`);
  expect(body).toEqual({
    $id: '1',
    innerException: null,
    message: expect.stringContaining('TF401019'),
    typeName: 'Microsoft.TeamFoundation.Git.Server.GitRepositoryNotFoundException, Microsoft.TeamFoundation.Git.Server',
    typeKey: 'GitRepositoryNotFoundException',
    errorCode: 0,
    eventId: 3000,
  });
});

test('a method that a resource lacks is answered 405', async () => {
  expect((await call(`${emulator.repository}/items`, {})).status).toBe(405);
});

test.each([
  ['application/json;api-version=7.2-preview.3', '', 200],
  ['application/json; api-version=5.0', '', 200],
  ['application/json', '?api-version=7.1', 200],
  ['application/json', '?API-Version=7.2-preview', 200],
  ['application/json', '', 200],
  ['application/json', '?api-version=7.2', 'VssInvalidPreviewVersionException'],
  ['application/json;api-version=7.2-preview.4', '', 'VssVersionOutOfRangeException'],
  ['application/json;api-version=8.0', '', 'VssVersionOutOfRangeException'],
  ['application/json', '?api-version=latest', 'VssVersionOutOfRangeException'],
])('a GET with Accept %s and query %s is answered %s', async (accept, query, outcome) => {
  const { status, body } = await call(`${emulator.repository}/pushes${query}`, undefined, { headers: { accept } });
  expect(status === 200 ? 200 : [status, body.typeKey]).toEqual(outcome === 200 ? 200 : [400, outcome]);
});

test('a POST needs a version', async () => {
  const answer = await call(`${emulator.repository}/refs`, [], { headers: { accept: 'application/json' } });
  expect(problemOf(answer)).toEqual([400, 'VssVersionNotSpecifiedException']);
});

test('connectionData names the user of the token', async () => {
  const { body } = await call(`${emulator.organization}/_apis/connectionData`);
  expect(body.authenticatedUser.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(body.authenticatedUser.id).toBe((await call(`${emulator.repository}/pushes/1`)).body.pushedBy.id);
});

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test.each([basic('', token), basic('anybody', token), `Bearer ${token}`, `bearer  ${token}`])(
  'authorization %s is let in',
  async (authorization) => {
    expect((await call(`${emulator.repository}/refs`, undefined, { headers: { authorization } })).status).toBe(200);
  },
);

test.each([basic('', 'wrong'), basic(token, ''), 'Bearer wrong', `Negotiate ${token}`, 'Basic', ''])(
  'authorization "%s" gets the sign-in page, or 401 where redirects are suppressed',
  async (authorization) => {
    const page = await call(`${emulator.repository}/refs`, undefined, { headers: { authorization } });
    expect([page.status, page.headers.get('content-type')]).toEqual([203, 'text/html; charset=utf-8']);
    const post = await call(`${emulator.repository}/refs`, [], { headers: { authorization } });
    expect(post.status).toBe(203);
    const suppressed = { authorization, 'x-tfs-fedauthredirect': 'Suppress' };
    const refused = await call(`${emulator.repository}/refs`, undefined, { headers: suppressed });
    expect(problemOf(refused)).toEqual([401, 'UnauthorizedRequestException']);
    const patch = await call(`${emulator.repository}/refs`, {}, { method: 'PATCH', headers: { authorization } });
    expect(problemOf(patch)).toEqual([401, 'UnauthorizedRequestException']);
  },
);

test('a repository is served once, and only a bare one', async () => {
  const directory = await temporaryDirectory();
  await expect(
    emulator.addRepository({ organization: 'contoso', project: 'Platform', name: 'GITOPS', directory }),
  ).rejects.toThrow('served once');
  await expect(
    emulator.addRepository({ organization: 'contoso', project: 'platform', name: 'x', directory: import.meta.dirname }),
  ).rejects.toThrow('not a bare Git repository');
});
