import { expect, test } from 'vitest';
import { addFile, bytesOf, call, editFile, git, problemOf, push, pushBody, startEmulator, zero } from './emulator.ts';
import type { FileChange } from './emulator.ts';

const emulator = await startEmulator();
const pushes = `${emulator.repository}/pushes`;
const first = await push(emulator, zero, [
  addFile('/apps/values.yaml', 'tag: "1"\n'),
  addFile('/apps/other.yaml', 'x: 1\n'),
  addFile('/file', 'text'),
]);

async function blob(commit: string, path: string): Promise<string> {
  return git(emulator.directory, 'cat-file', 'blob', `${commit}:${path}`);
}

let branches = 0;
/** Pushes onto a branch of its own, so that the tests do not see each other. */
async function onNewBranch(changes: readonly FileChange[], more: object = {}): Promise<string> {
  branches += 1;
  return push(emulator, first, changes, more, `test-${branches}`);
}

test('the answer is a GitPush as the service documents it', async () => {
  const { status, body } = await call(
    pushes,
    pushBody(first, [editFile('/file', 'new')], { comment: 'one line' }, 'shape'),
  );
  const [commit] = body.commits;
  const commitId = await git(emulator.directory, 'rev-parse', 'shape');
  const { body: repository } = await call(emulator.repository);
  expect(status).toBe(201);
  const person = {
    name: 'tagrelay (local)',
    email: 'tagrelay@localhost',
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  };
  expect(commit).toMatchObject({
    commitId,
    treeId: await git(emulator.directory, 'rev-parse', 'shape^{tree}'),
    parents: [first],
    author: person,
    committer: person,
    comment: 'one line\n',
    url: `${repository.url}/commits/${commitId}`,
  });
  expect(body.refUpdates).toEqual([
    { repositoryId: repository.id, name: 'refs/heads/shape', oldObjectId: zero, newObjectId: commitId },
  ]);
  expect(body).toMatchObject({
    pushId: expect.any(Number),
    date: expect.any(String),
    url: `${repository.url}/pushes/${body.pushId}`,
  });
  expect(Object.keys(body._links)).toEqual(['self', 'repository', 'commits', 'pusher', 'refs']);
  expect(body).not.toHaveProperty('repository');
});

test('add, edit, delete and rename in one commit, and folders that become empty vanish', async () => {
  const commit = await onNewBranch([
    editFile('/file', 'edited'),
    addFile('/new/deep/file.txt', 'added'),
    { changeType: 'delete', item: { path: '/apps/other.yaml' } },
    { changeType: 'Rename', sourceServerItem: '/apps/values.yaml', item: { path: '/moved/values.yaml' } },
  ]);
  expect(await git(emulator.directory, 'ls-tree', '-r', '--name-only', commit)).toBe(
    'file\nmoved/values.yaml\nnew/deep/file.txt',
  );
  expect(await blob(commit, 'file')).toBe('edited');
});

test('numeric enums mean the same as names', async () => {
  const commit = await onNewBranch([
    { changeType: 2, item: { path: '/file' }, newContent: { content: 'raw', contentType: 0 } },
    { changeType: 1, item: { path: '/b' }, newContent: { content: 'QQ==', contentType: 1 } },
    { changeType: 16, item: { path: '/apps/other.yaml' } },
    { changeType: 8, item: { path: '/c' }, sourceServerItem: '/apps/values.yaml' },
  ]);
  expect(await git(emulator.directory, 'ls-tree', '-r', '--name-only', commit)).toBe('b\nc\nfile');
  expect(await blob(commit, 'b')).toBe('A');
});

test('content without a type is text', async () => {
  const commit = await onNewBranch([{ changeType: 'add', item: { path: '/t' }, newContent: { content: 'QQ==' } }]);
  expect(await blob(commit, 't')).toBe('QQ==');
});

test('a folder is deleted and renamed with all below it', async () => {
  const renamed = await onNewBranch([
    { changeType: 'rename', sourceServerItem: '/apps', item: { path: '/charts/all' } },
  ]);
  expect(await git(emulator.directory, 'ls-tree', '-r', '--name-only', renamed)).toBe(
    'charts/all/other.yaml\ncharts/all/values.yaml\nfile',
  );
  const deleted = await onNewBranch([{ changeType: 'delete', item: { path: '/apps' } }]);
  expect(await git(emulator.directory, 'ls-tree', '-r', '--name-only', deleted)).toBe('file');
});

test('the last file may go, and a file may take the place of a folder that goes', async () => {
  const emptied = await onNewBranch(['/apps', '/file'].map((path) => ({ changeType: 'delete', item: { path } })));
  expect(await git(emulator.directory, 'ls-tree', emptied)).toBe('');
  const replaced = await onNewBranch([addFile('/file/inside', 'x'), { changeType: 'delete', item: { path: '/file' } }]);
  expect(await git(emulator.directory, 'ls-tree', '-r', '--name-only', replaced)).toContain('file/inside');
});

test('an edit with the same bytes makes an empty commit', async () => {
  const commit = await onNewBranch([editFile('/file', 'text')]);
  expect(await git(emulator.directory, 'rev-parse', `${commit}^{tree}`)).toBe(
    await git(emulator.directory, 'rev-parse', `${first}^{tree}`),
  );
});

test.each([
  ['UTF-8 with a mark', Buffer.from('\ufeffold: ä', 'utf8'), Buffer.from('\ufeffnew: ö', 'utf8')],
  ['UTF-16', Buffer.from('\ufeffold: ä', 'utf16le'), Buffer.from('\ufeffnew: ö', 'utf16le')],
  [
    'UTF-16, big end first',
    Buffer.from('\ufeffold: ä', 'utf16le').swap16(),
    Buffer.from('\ufeffnew: ö', 'utf16le').swap16(),
  ],
  ['Western', Buffer.from('old: ä', 'latin1'), Buffer.from('new: ö', 'latin1')],
  ['UTF-8', Buffer.from('old: ä', 'utf8'), Buffer.from('new: ö', 'utf8')],
])('raw text on an edit takes over the encoding of the file: %s', async (_, old, expected) => {
  const base = await onNewBranch([addFile('/encoded', old)]);
  const change = {
    changeType: 'edit',
    item: { path: '/encoded' },
    newContent: { content: 'new: ö', contentType: 'rawtext' },
  };
  const commit = await push(emulator, base, [change], {}, `encoding-${base}`);
  const id = await git(emulator.directory, 'rev-parse', `${commit}:encoded`);
  expect(await bytesOf(`${emulator.repository}/blobs/${id}`)).toEqual(expected);
});

test('author and committer are kept with their time zones; what is left out is the caller’s', async () => {
  const commit = await onNewBranch([editFile('/file', 'by Ada')], {
    author: { name: 'Ada <x>\nevil', email: 'ada@example.com', date: '2026-11-20T10:00:00+02:00' },
    committer: { name: 'Böb', date: '2026-11-20T10:00:00.1234567Z' },
  });
  expect(
    await git(emulator.directory, 'log', '-1', '--format=%an|%ae|%ad|%cn|%ce|%cd', '--date=iso-strict', commit),
  ).toBe('Ada xevil|ada@example.com|2026-11-20T10:00:00+02:00|Böb|tagrelay@localhost|2026-11-20T10:00:00+00:00');
  expect((await call(`${emulator.repository}/commits/${commit}`)).body.author.date).toBe('2026-11-20T08:00:00Z');
});

test('modes are kept: an executable stays one, a link is a link', async () => {
  const tree = await git(emulator.directory, 'rev-parse', `${first}:apps/values.yaml`);
  const index = ['update-index', '--add', '--cacheinfo', `100755,${tree},run.sh`, '--cacheinfo', `120000,${tree},link`];
  await git(emulator.directory, '-c', 'core.bare=true', ...index);
  const written = await git(emulator.directory, 'write-tree');
  const base = await git(emulator.directory, 'commit-tree', '-m', 'modes', written);
  const commit = await push(
    emulator,
    base,
    [editFile('/run.sh', 'echo'), editFile('/link', 'elsewhere'), addFile('/plain', 'x')],
    {},
    'modes',
  );
  const renamed = await push(
    emulator,
    commit,
    [{ changeType: 'rename', sourceServerItem: '/run.sh', item: { path: '/bin/run' } }],
    {},
    'modes',
  );
  expect(await git(emulator.directory, 'ls-tree', '-r', '--format=%(objectmode) %(path)', renamed)).toBe(
    '100755 bin/run\n120000 link\n100644 plain',
  );
});

test.each([
  '/with space/a b.yaml',
  '/ünï/ço dé/日本.yaml',
  '/..a/b..c/.d',
  '/-dash',
  '/quote"\'`$(x)',
  '/a:b?c*[d]',
  '/100%25',
  '/ends.lock',
])('the path %s is written and read as it is', async (path) => {
  const commit = await onNewBranch([addFile(path, path)]);
  const query = new URLSearchParams({
    path,
    'versionDescriptor.version': commit,
    'versionDescriptor.versionType': 'commit',
  });
  const { text } = await call(`${emulator.repository}/items?${query.toString()}`, undefined, {
    headers: { accept: 'text/plain' },
  });
  expect(text).toBe(path);
  expect(
    await git(emulator.directory, '-c', 'core.quotePath=false', 'ls-tree', '-z', '-r', '--name-only', commit),
  ).toContain(path.slice(1));
});

test('the whole flow of a branch: created from a commit, fast-forwarded, refused when stale', async () => {
  const { body } = await call(pushes, pushBody(first, [editFile('/file', 'a')], {}, 'flow'));
  expect(body.refUpdates[0]?.oldObjectId).toBe(zero);
  const created = String(body.refUpdates[0]?.newObjectId);
  const { body: next } = await call(pushes, pushBody(created, [editFile('/file', 'b')], {}, 'flow'));
  expect(next.refUpdates[0]?.oldObjectId).toBe(created);
  const answer = await call(pushes, pushBody(created, [editFile('/file', 'c')], {}, 'flow'));
  expect(problemOf(answer)).toEqual([409, 'GitReferenceStaleException']);
  expect(await blob('flow', 'file')).toBe('b');
});

test('a push to a branch that was deleted re-creates it, and the old id of zeros tells', async () => {
  const tip = await push(emulator, first, [editFile('/file', 'a')], {}, 'vanished');
  await git(emulator.directory, 'update-ref', '-d', 'refs/heads/vanished');
  const { status, body } = await call(pushes, pushBody(tip, [editFile('/file', 'b')], {}, 'vanished'));
  expect([status, body.refUpdates[0]?.oldObjectId, body.commits[0]?.parents]).toEqual([201, zero, [tip]]);
});

test('a new branch may name its parent, or have none', async () => {
  const { body: based } = await call(pushes, pushBody(zero, [editFile('/file', 'a')], { parents: [first] }, 'based'));
  expect(based.commits[0]?.parents).toEqual([first]);
  const { body: orphan } = await call(pushes, pushBody(zero, [addFile('/only', 'a')], {}, 'orphan'));
  expect(orphan.commits[0]?.parents).toEqual([]);
  expect(await git(emulator.directory, 'ls-tree', '--name-only', 'orphan')).toBe('only');
});

const change = editFile('/file', 'x');
const at = (path: string): FileChange => addFile(path, 'x');
const refusals: readonly (readonly [why: string, body: unknown, status: number, typeKey: string])[] = [
  ['a stale tip', pushBody('1'.repeat(40), [change]), 409, 'GitReferenceStaleException'],
  ['an old id of zeros for a branch that exists', pushBody(zero, [at('/new')]), 409, 'GitReferenceStaleException'],
  [
    'an unknown commit for a new branch',
    pushBody('1'.repeat(40), [change], {}, 'new'),
    404,
    'GitCommitDoesNotExistException',
  ],
  [
    'an unknown parent',
    pushBody(zero, [change], { parents: ['1'.repeat(40)] }, 'new'),
    404,
    'GitCommitDoesNotExistException',
  ],
  [
    'a parent that is not the tip',
    pushBody(first, [change], { parents: ['1'.repeat(40)] }),
    400,
    'InvalidArgumentValueException',
  ],
  ['two parents', pushBody(first, [change], { parents: [first, first] }), 400, 'InvalidArgumentValueException'],
  ['a short object id', pushBody(first.slice(0, 8), [change]), 400, 'InvalidArgumentValueException'],
  ['no comment', pushBody(first, [change], { comment: '' }), 400, 'InvalidArgumentValueException'],
  ['a null comment', pushBody(first, [change], { comment: null }), 400, 'InvalidArgumentValueException'],
  ['a commit id', pushBody(first, [change], { commitId: first }), 400, 'InvalidArgumentValueException'],
  ['no changes', pushBody(first, []), 400, 'InvalidArgumentValueException'],
  [
    'no commit',
    { refUpdates: [{ name: 'refs/heads/main', oldObjectId: first }], commits: [] },
    400,
    'InvalidArgumentValueException',
  ],
  ['no ref', { refUpdates: [], commits: [{ comment: 'x', changes: [change] }] }, 400, 'InvalidArgumentValueException'],
  ['another shape', { refUpdates: 'main' }, 400, 'InvalidArgumentValueException'],
  ['no JSON', 'push please', 400, 'ArgumentNullException'],
  [
    'a short ref name',
    { refUpdates: [{ name: 'main', oldObjectId: first }], commits: [{ comment: 'x', changes: [change] }] },
    400,
    'InvalidGitRefNameException',
  ],
  [
    'a tag',
    { refUpdates: [{ name: 'refs/tags/v1', oldObjectId: first }], commits: [{ comment: 'x', changes: [change] }] },
    400,
    'InvalidGitRefNameException',
  ],
  ['a ref outside of the repository', pushBody(first, [change], {}, '../../x'), 400, 'InvalidGitRefNameException'],
  ['a branch below a branch', pushBody(first, [change], {}, 'main/below'), 400, 'GitRefNameConflictException'],
  ['an add of what exists', pushBody(first, [at('/file')]), 400, 'InvalidArgumentValueException'],
  ['an add of a folder', pushBody(first, [at('/apps')]), 400, 'InvalidArgumentValueException'],
  ['an add below a file', pushBody(first, [at('/file/below')]), 400, 'InvalidArgumentValueException'],
  [
    'an add of a file and of one below it',
    pushBody(first, [at('/n'), at('/n/m')]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'an add of a file and, before, of one below it',
    pushBody(first, [at('/n/m'), at('/n')]),
    400,
    'InvalidArgumentValueException',
  ],
  ['an add of the root', pushBody(first, [at('/')]), 400, 'InvalidArgumentValueException'],
  ['an edit of what does not exist', pushBody(first, [editFile('/none', 'x')]), 400, 'InvalidArgumentValueException'],
  ['an edit of a folder', pushBody(first, [editFile('/apps', 'x')]), 400, 'InvalidArgumentValueException'],
  [
    'a delete of what does not exist',
    pushBody(first, [{ changeType: 'delete', item: { path: '/none' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'a delete with content',
    pushBody(first, [{ ...change, changeType: 'delete' }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'a rename without source',
    pushBody(first, [{ changeType: 'rename', item: { path: '/z' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'a rename of what does not exist',
    pushBody(first, [{ changeType: 'rename', sourceServerItem: '/none', item: { path: '/z' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'a rename onto what exists',
    pushBody(first, [{ changeType: 'rename', sourceServerItem: '/file', item: { path: '/apps/other.yaml' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'a rename of a folder into itself',
    pushBody(first, [{ changeType: 'rename', sourceServerItem: '/apps', item: { path: '/apps/in/apps' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  ['the same path twice', pushBody(first, [change, change]), 400, 'InvalidArgumentValueException'],
  [
    'a renamed path that is edited',
    pushBody(first, [change, { changeType: 'rename', sourceServerItem: '/file', item: { path: '/z' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'an edit without content',
    pushBody(first, [{ changeType: 'edit', item: { path: '/file' } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'content that is not base64',
    pushBody(first, [
      { changeType: 'edit', item: { path: '/file' }, newContent: { content: 'no!', contentType: 'base64encoded' } },
    ]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'an unknown change type',
    pushBody(first, [{ ...change, changeType: 'undelete' }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'an unknown content type',
    pushBody(first, [{ ...change, newContent: { content: '', contentType: 7 } }]),
    400,
    'InvalidArgumentValueException',
  ],
  [
    'a date that is none',
    pushBody(first, [change], { author: { name: 'x', email: 'x', date: 'yesterday' } }),
    400,
    'InvalidArgumentValueException',
  ],
  ...[
    'apps/x',
    '/../x',
    '/a/../x',
    '/./x',
    '/a//b',
    '/.git/config',
    '/a/.GIT/x',
    '/git~1/x',
    '/.g\u200cit/x',
    '/.git. /x',
    '/a\\b',
    '/a\nb',
    '/a\0b',
  ].map(
    (path) =>
      [`the path ${JSON.stringify(path)}`, pushBody(first, [at(path)]), 400, 'InvalidArgumentValueException'] as const,
  ),
];

test.each(refusals)('%s is refused, and nothing is written to the branch', async (_, body, status, typeKey) => {
  expect(problemOf(await call(pushes, body))).toEqual([status, typeKey]);
  expect(await git(emulator.directory, 'rev-parse', 'main')).toBe(first);
  expect(await git(emulator.directory, 'branch', '--list', 'new')).toBe('');
});

test('two commits, two refs and a new id of one’s own are refused', async () => {
  const refUpdate = { name: 'refs/heads/main', oldObjectId: first };
  const commit = { comment: 'x', changes: [change] };
  for (const body of [
    { refUpdates: [refUpdate], commits: [commit, commit] },
    { refUpdates: [refUpdate, { ...refUpdate, name: 'refs/heads/b' }], commits: [commit] },
    { refUpdates: [{ ...refUpdate, newObjectId: first }], commits: [commit] },
  ]) {
    expect(problemOf(await call(pushes, body))).toEqual([400, 'InvalidArgumentValueException']);
  }
});

/** A push whose body has exactly this many bytes. */
function sized(size: number): string {
  const empty = { changeType: 'add', item: { path: '/big' }, newContent: { content: '' } };
  const body = JSON.stringify(pushBody(first, [empty], {}, 'big'));
  return body.replace('"content":""', `"content":"${'x'.repeat(size - body.length)}"`);
}

test('a request over 26,214,400 bytes is refused, one below is taken', async () => {
  const tooLarge = await call(pushes, sized(26_214_401));
  expect(problemOf(tooLarge)).toEqual([400, 'InvalidArgumentValueException']);
  expect(tooLarge.body.message).toContain('26214400');
  expect((await call(pushes, sized(26_214_400))).status).toBe(201);
});

test('pushes are listed newest first, by ref, and one by one with their commits', async () => {
  const { body } = await call(
    `${pushes}?searchCriteria.refName=refs/heads/flow&searchCriteria.includeRefUpdates=true&$top=1`,
  );
  expect(body).toMatchObject({ count: 1, value: [{ refUpdates: [{ name: 'refs/heads/flow' }] }] });
  const { body: one } = await call(`${pushes}/${body.value[0]?.pushId}?includeCommits=10`);
  expect(one.commits[0]).toMatchObject({ commitId: body.value[0]?.refUpdates[0]?.newObjectId, comment: 'deploy' });
  expect((await call(`${emulator.repository}/commits?pushId=${one.pushId}`)).body.value).toEqual(one.commits);
  expect(problemOf(await call(`${pushes}/9999`))).toEqual([404, 'GitPushNotFoundException']);
});

test('the repository is without fault after all this', async () => {
  expect(await git(emulator.directory, 'fsck', '--strict', '--no-dangling')).toBe('');
});
