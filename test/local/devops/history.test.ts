import { GitVersionType, VersionControlChangeType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { expect, test } from 'vitest';
import { addFile, call, editFile, git, gitClient, problemOf, push, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator();
const at = (day: number, name = 'Ada'): object => {
  const person = { name, email: 'ada@example.com', date: `2026-01-0${day}T00:00:00Z` };
  return { author: person, committer: person };
};
const long = { comment: 'deploy(api): dev 1 → 2\n\nImage-Update: route=api\n', ...at(1) };
const first = await push(
  emulator,
  zero,
  [addFile('/a.yaml', 'line one\nline two\nline three\n'), addFile('/x/b', '1')],
  long,
);
const second = await push(emulator, first, [editFile('/x/b', '2')], at(2));
const third = await push(emulator, second, [addFile('/c', '3')], at(3, 'Bob'));
const side = await push(emulator, first, [editFile('/x/b', 'side')], at(4), 'side');
const orphan = await push(emulator, zero, [addFile('/only', 'x')], at(5), 'orphan');
const api = await gitClient(emulator.organization);
const commits = `${emulator.repository}/commits`;

async function idsOf(query: string): Promise<string[]> {
  const { status, body } = await call(`${commits}?${query}`);
  expect(status).toBe(200);
  return body.value.map(({ commitId }) => commitId);
}

test('lists have the first line of a message, one commit has all of it', async () => {
  const { body } = await call(`${commits}?$top=10`);
  expect(body.value.map(({ comment, commentTruncated }) => [comment, commentTruncated])).toEqual([
    ['deploy', undefined],
    ['deploy', undefined],
    ['deploy(api): dev 1 → 2', true],
  ]);
  const { body: one } = await call(`${commits}/${first}`);
  expect(one).toMatchObject({ commitId: first, comment: long.comment, parents: [] });
  expect(one.treeId).toBe(await git(emulator.directory, 'rev-parse', `${first}^{tree}`));
});

test.each([
  ['', [third, second, first]],
  ['searchCriteria.itemVersion.version=side', [side, first]],
  [`searchCriteria.itemVersion.version=${second}&searchCriteria.itemVersion.versionType=commit`, [second, first]],
  ['searchCriteria.itemVersion.version=main&searchCriteria.compareVersion.version=side', [third, second]],
  ['searchCriteria.itemPath=/x/b', [second, first]],
  ['searchCriteria.itemPath=/x', [second, first]],
  ['searchCriteria.itemPath=/*', []],
  ['searchCriteria.$top=1&searchCriteria.$skip=1', [second]],
  ['$top=2', [third, second]],
  ['$top=0', []],
  ['searchCriteria.fromDate=2026-01-02T00:00:00Z', [third, second]],
  ['searchCriteria.toDate=2026-01-02', [second, first]],
  ['searchCriteria.author=bob', [third]],
  ['searchCriteria.author=b.b', []],
  [`searchCriteria.ids=${side},${first}`, [side, first]],
])('commits?%s', async (query, expected) => {
  expect(await idsOf(query)).toEqual(expected);
});

test.each([
  [`/${'1'.repeat(40)}`, 404, 'GitCommitDoesNotExistException'],
  ['/HEAD', 404, 'GitCommitDoesNotExistException'],
  ['?searchCriteria.itemVersion.version=none', 404, 'GitUnresolvableToCommitException'],
  ['?searchCriteria.itemVersion.version=--all', 404, 'GitUnresolvableToCommitException'],
  ['?searchCriteria.fromDate=long+ago', 400, 'InvalidArgumentValueException'],
  ['?searchCriteria.itemPath=/../x', 400, 'InvalidArgumentValueException'],
  [`/${'1'.repeat(40)}/changes`, 404, 'GitCommitDoesNotExistException'],
])('commits%s is answered %d %s', async (path, status, typeKey) => {
  expect(problemOf(await call(`${commits}${path}`))).toEqual([status, typeKey]);
});

test('changes of a commit are against its first parent, folders included', async () => {
  const { changes, changeCounts } = await api.getChanges(second, 'gitops', 'platform');
  expect(changes?.map(({ item, changeType }) => [item?.path, changeType])).toEqual([
    ['/x', VersionControlChangeType.Edit],
    ['/x/b', VersionControlChangeType.Edit],
  ]);
  // The client package leaves the names of the counts as they are on the wire, whatever its types say.
  expect(changeCounts).toEqual({ Edit: 2 });
  const { body } = await call(`${commits}/${first}/changes`);
  expect(body).toMatchObject({
    changeCounts: { Add: 3 },
    changes: [{ item: { path: '/a.yaml' }, changeType: 'add' }, {}, {}],
  });
  expect((await call(`${commits}/${first}/changes?top=1&skip=2`)).body.changes).toMatchObject([
    { item: { path: '/x/b' } },
  ]);
});

test('a renamed file is a rename with its source, and a delete of it', async () => {
  const move = { changeType: 'rename', sourceServerItem: '/a.yaml', item: { path: '/z.yaml' } };
  const renamed = await push(emulator, third, [move, { changeType: 'delete', item: { path: '/c' } }], {}, 'renamed');
  const { body } = await call(`${commits}/${renamed}/changes`);
  expect(
    body.changes.map(({ item, changeType, sourceServerItem }) => [item.path, changeType, sourceServerItem]),
  ).toEqual([
    ['/a.yaml', 'delete, sourceRename', undefined],
    ['/c', 'delete', undefined],
    ['/z.yaml', 'rename', '/a.yaml'],
  ]);
  const types = (await api.getChanges(renamed, 'gitops', 'platform')).changes?.map(({ changeType }) => changeType);
  const { Delete, SourceRename, Rename } = VersionControlChangeType;
  expect(types).toEqual([Delete | SourceRename, Delete, Rename]);
});

test('a file that is renamed and edited is both', async () => {
  const base = await push(emulator, third, [addFile('/long', 'line\n'.repeat(50))], {}, 'moving');
  const { body: tree } = await call(`${emulator.repository}/pushes`, {
    refUpdates: [{ name: 'refs/heads/moving', oldObjectId: base }],
    commits: [
      {
        comment: 'move',
        changes: [{ changeType: 'delete', item: { path: '/long' } }, addFile('/moved', `${'line\n'.repeat(50)}more\n`)],
      },
    ],
  });
  const { body } = await call(`${commits}/${tree.refUpdates[0]?.newObjectId}/changes`);
  expect(body.changes.map(({ item, changeType }) => [item.path, changeType])).toEqual([
    ['/long', 'delete, sourceRename'],
    ['/moved', 'edit, rename'],
  ]);
});

test('a diff counts both sides and shows what the target has of its own', async () => {
  const versions = 'baseVersion=side&targetVersion=main';
  const { body } = await call(`${emulator.repository}/diffs/commits?${versions}&diffCommonCommit=true`);
  expect(body).toMatchObject({
    allChangesIncluded: true,
    changeCounts: { Add: 1, Edit: 2 },
    commonCommit: first,
    baseCommit: side,
    targetCommit: third,
    aheadCount: 2,
    behindCount: 1,
  });
  expect(body.changes.map(({ item }) => item.path)).toEqual(['/c', '/x', '/x/b']);
  const { body: page } = await call(`${emulator.repository}/diffs/commits?${versions}&$top=1&$skip=1`);
  expect([page.allChangesIncluded, page.changes.length]).toEqual([false, 1]);
  const { body: last } = await call(`${emulator.repository}/diffs/commits?${versions}&$top=1&$skip=2`);
  expect(last.allChangesIncluded).toBe(true);
});

test('the client package compares versions, unrelated ones too', async () => {
  const base = {
    baseVersion: second,
    baseVersionType: GitVersionType.Commit,
    version: second,
    versionType: GitVersionType.Commit,
  };
  const target = {
    targetVersion: third,
    targetVersionType: GitVersionType.Commit,
    version: third,
    versionType: GitVersionType.Commit,
  };
  expect(await api.getCommitDiffs('gitops', 'platform', true, 10, 0, base, target)).toMatchObject({
    aheadCount: 1,
    behindCount: 0,
  });
  const unrelated = { ...target, version: orphan };
  const diff = await api.getCommitDiffs('gitops', 'platform', true, 10, 0, base, unrelated);
  expect(diff).toMatchObject({ aheadCount: 1, behindCount: 2, changes: [{ item: { path: '/only' } }] });
  expect(diff).not.toHaveProperty('commonCommit');
});

async function bases(a: string, b: string): Promise<unknown[]> {
  return (await api.getMergeBases('gitops', a, b, 'platform')).map(({ commitId }) => commitId);
}

test('the first merge base of an ancestor is the ancestor itself', async () => {
  expect(await bases(first, third)).toEqual([first]);
  expect(await bases(third, first)).toEqual([first]);
  expect(await bases(third, side)).toEqual([first]);
  expect(await bases(third, third)).toEqual([third]);
  expect(await bases(third, orphan)).toEqual([]);
  const unknown = await call(`${commits}/${third}/mergebases?otherCommitId=${'1'.repeat(40)}`);
  expect(problemOf(unknown)).toEqual([404, 'GitCommitDoesNotExistException']);
  expect(problemOf(await call(`${commits}/${third}/mergeBases`))).toEqual([400, 'InvalidArgumentValueException']);
});
