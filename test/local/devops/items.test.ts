import { execFileSync } from 'node:child_process';
import { GitVersionType, VersionControlRecursionType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect, test } from 'vitest';
import { addFile, bytesOf, call, git, gitClient, problemOf, push, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator();
const utf16 = Buffer.from('\ufefftag: ä\r\n', 'utf16le');
const first = await push(emulator, zero, [
  addFile('/apps/a/values.yaml', 'tag: "1"\n'),
  addFile('/apps/b/values.yaml', '\ufefftag: 1'),
  addFile('/apps/readme', 'x'),
  addFile('/utf16.txt', utf16),
  addFile('/western.txt', Buffer.from('caf\u00e9', 'latin1')),
  addFile('/binary.bin', Buffer.from([0, 1, 2, 255])),
]);
const second = await push(emulator, first, [addFile('/later', 'y')]);
await git(emulator.directory, 'tag', '-a', '-m', 'one', 'v1', first);
const items = `${emulator.repository}/items`;
const octets = { headers: { accept: 'application/octet-stream' } };

async function pathsOf(query: string): Promise<string[]> {
  const { status, body } = await call(`${items}?${query}`);
  expect(status).toBe(200);
  return body.value.map(({ path }) => path);
}

test('metadata alone, with content, and of the default branch', async () => {
  const { body } = await call(`${items}?path=/apps/a/values.yaml`);
  expect(body).toEqual({
    objectId: await git(emulator.directory, 'rev-parse', `${first}:apps/a/values.yaml`),
    gitObjectType: 'blob',
    commitId: second,
    path: '/apps/a/values.yaml',
    url: expect.stringContaining(`/items/apps/a/values.yaml?versionType=Commit&version=${second}`),
  });
  const { body: whole } = await call(`${items}/apps/a/values.yaml?includeContent=true&$format=json`, undefined, octets);
  expect(whole.content).toBe('tag: "1"\n');
  expect(whole.contentMetadata).toEqual({
    encoding: 65001,
    contentType: 'application/x-yaml',
    fileName: 'values.yaml',
    extension: 'yaml',
  });
});

test.each([
  ['/apps/b/values.yaml', 'tag: 1', 65001],
  ['/utf16.txt', 'tag: ä\r\n', 1200],
  ['/western.txt', 'café', 1252],
])('JSON decodes the text of %s, bytes are as they are', async (path, text, encoding) => {
  const { body } = await call(`${items}?path=${path}&includeContent=true`);
  expect([body.content, body.contentMetadata.encoding]).toEqual([text, encoding]);
  const stored = execFileSync('git', ['-C', emulator.directory, 'cat-file', 'blob', `${first}:${path.slice(1)}`]);
  expect(await bytesOf(`${items}?path=${path}`)).toEqual(stored);
  expect(await bytesOf(`${emulator.repository}/blobs/${body.objectId}`)).toEqual(stored);
});

test('what is no text has no content in JSON', async () => {
  const { body } = await call(`${items}?path=/binary.bin&includeContent=true`);
  expect(body).not.toHaveProperty('content');
  expect(body.contentMetadata.isBinary).toBe(true);
  expect(await bytesOf(`${items}?path=/binary.bin`)).toEqual(Buffer.from([0, 1, 2, 255]));
});

test.each([
  ['$format=octetStream', 'application/json'],
  ['$format=text', 'application/json'],
  ['', 'text/plain'],
  ['', '*/*'],
])('bytes are asked for by "%s" and Accept %s', async (query, accept) => {
  const { text } = await call(`${items}?path=apps/readme&${query}`, undefined, { headers: { accept } });
  expect(text).toBe('x');
});

test('a download has a file name', async () => {
  const { headers } = await call(`${items}?path=/apps/readme&download=true`, undefined, octets);
  expect(headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''readme");
});

test.each([
  ['versionDescriptor.version=v1&versionDescriptor.versionType=tag', 404],
  ['versionDescriptor.version=main', 200],
  ['versionDescriptor.version=main&versionDescriptor.versionType=0', 200],
  [`version=${second}&versionType=Commit`, 200],
  [`versionDescriptor.version=${first}&versionDescriptor.versionType=2`, 404],
  ['versionDescriptor.version=main&versionDescriptor.versionOptions=firstParent', 404],
])('/later at %s is answered %d', async (query, status) => {
  expect((await call(`${items}?path=/later&${query}`)).status).toBe(status);
});

test.each([
  ['path=/none', 404, 'GitItemNotFoundException'],
  ['path=/apps/readme/below', 404, 'GitItemNotFoundException'],
  ['scopePath=/none', 404, 'GitItemNotFoundException'],
  ['path=/later&versionDescriptor.version=none', 404, 'GitUnresolvableToCommitException'],
  ['path=/later&versionDescriptor.version=refs/heads/main', 404, 'GitUnresolvableToCommitException'],
  [
    `path=/later&versionDescriptor.version=${'1'.repeat(40)}&versionDescriptor.versionType=commit`,
    404,
    'GitUnresolvableToCommitException',
  ],
  [
    `path=/later&versionDescriptor.version=${second.slice(0, 7)}&versionDescriptor.versionType=commit`,
    404,
    'GitUnresolvableToCommitException',
  ],
  ['path=/later&versionDescriptor.version=../../HEAD', 404, 'GitUnresolvableToCommitException'],
  ['path=/later&versionDescriptor.versionType=release', 400, 'InvalidArgumentValueException'],
  ['path=/apps/../../etc/passwd', 400, 'InvalidArgumentValueException'],
  ['path=/.git/config', 400, 'InvalidArgumentValueException'],
  ['path=/apps&recursionLevel=deep', 400, 'InvalidArgumentValueException'],
  ['path=/later&$format=zip', 400, 'InvalidArgumentValueException'],
])('%s is answered %d %s', async (query, status, typeKey) => {
  expect(problemOf(await call(`${items}?${query}`))).toEqual([status, typeKey]);
});

test('a tag’s version is its commit', async () => {
  const { body } = await call(
    `${items}?path=/apps/readme&versionDescriptor.version=v1&versionDescriptor.versionType=tag`,
  );
  expect(body.commitId).toBe(first);
});

test('the commit of the last change is given when asked for', async () => {
  expect((await call(`${items}?path=/apps/readme&latestProcessedChange=true`)).body.commitId).toBe(first);
});

test('a folder is listed as deep as asked', async () => {
  expect(await pathsOf('scopePath=/apps')).toEqual(['/apps']);
  expect(await pathsOf('scopePath=/apps&recursionLevel=OneLevel')).toEqual([
    '/apps',
    '/apps/a',
    '/apps/b',
    '/apps/readme',
  ]);
  const full = ['/apps', '/apps/a', '/apps/a/values.yaml', '/apps/b', '/apps/b/values.yaml', '/apps/readme'];
  expect(await pathsOf('scopePath=/apps/&recursionLevel=Full')).toEqual(full);
  expect(await pathsOf('path=/apps&recursionLevel=120')).toEqual(full);
  expect((await pathsOf('recursionLevel=full')).length).toBe(full.length + 5);
  expect((await call(`${items}?path=/apps`)).body).toMatchObject({ isFolder: true, gitObjectType: 'tree' });
});

test('links and submodules are shown and not followed', async () => {
  const target = await git(emulator.directory, 'rev-parse', `${first}:apps/readme`);
  await git(emulator.directory, 'read-tree', first);
  const links = ['--cacheinfo', `120000,${target},link`, '--cacheinfo', `160000,${first},module`];
  await git(emulator.directory, 'update-index', '--add', ...links);
  const commit = await git(
    emulator.directory,
    'commit-tree',
    '-m',
    'links',
    await git(emulator.directory, 'write-tree'),
  );
  const at = (path: string): string => `${items}?path=${path}&version=${commit}&versionType=commit`;
  expect((await call(`${at('/link')}&includeContent=true`)).body).toMatchObject({
    isSymLink: true,
    gitObjectType: 'blob',
    content: 'x',
  });
  expect((await call(at('/module'))).body).toMatchObject({ gitObjectType: 'commit', objectId: first });
  expect((await call(at('/module/apps'))).status).toBe(404);
  expect((await call(at('/link/x'))).status).toBe(404);
});

test('the client package lists and streams', async () => {
  const api = await gitClient(emulator.organization);
  const version = { version: first, versionType: GitVersionType.Commit };
  const oneLevel = VersionControlRecursionType.OneLevel;
  const found = await api.getItems('gitops', 'platform', '/apps', oneLevel, true, false, false, false, version);
  expect(found.map(({ path }) => path)).toEqual(['/apps', '/apps/a', '/apps/b', '/apps/readme']);
  const stream = await api.getItemContent(
    'gitops',
    '/utf16.txt',
    'platform',
    undefined,
    undefined,
    false,
    false,
    false,
    version,
  );
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  expect(Buffer.concat(chunks)).toEqual(utf16);
  expect(await api.getItem('gitops', '/none', 'platform')).toBeNull();
});

test('an unknown blob is not found', async () => {
  expect(problemOf(await call(`${emulator.repository}/blobs/${'1'.repeat(40)}`))).toEqual([
    404,
    'GitObjectDoesNotExistException',
  ]);
  expect(problemOf(await call(`${emulator.repository}/blobs/${first}`))).toEqual([
    404,
    'GitObjectDoesNotExistException',
  ]);
  expect(problemOf(await call(`${emulator.repository}/blobs/HEAD`))).toEqual([404, 'GitObjectDoesNotExistException']);
});

test('an empty repository has no version', async () => {
  const empty = await startEmulator();
  expect(problemOf(await call(`${empty.repository}/items?path=/a`))).toEqual([404, 'GitUnresolvableToCommitException']);
  expect((await call(`${empty.repository}/refs`)).body).toEqual({ value: [], count: 0 });
});
