import { execFileSync } from 'node:child_process';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import {
  addFile,
  call,
  editFile,
  git,
  problemOf,
  push,
  pushBody,
  startEmulator,
  temporaryDirectory,
  zero,
} from './emulator.ts';
import type { Emulator } from './emulator.ts';

async function tipOf(emulator: Emulator, branch = 'main'): Promise<string> {
  const { body } = await call(`${emulator.repository}/refs?filter=heads/${branch}`);
  return body.value[0]?.objectId ?? zero;
}

/** Reads the file, adds its line and pushes; when the tip has moved, again. Gives how often it lost. */
async function addLine(emulator: Emulator, line: string): Promise<number> {
  for (let lost = 0; ; lost += 1) {
    const tip = await tipOf(emulator);
    const url = `${emulator.repository}/items?path=/lines&versionDescriptor.version=${tip}&versionDescriptor.versionType=commit`;
    const { text } = await call(url, undefined, { headers: { accept: 'text/plain' } });
    const answer = await call(`${emulator.repository}/pushes`, pushBody(tip, [editFile('/lines', `${text}${line}\n`)]));
    if (answer.status === 201) return lost;
    expect(problemOf(answer)).toEqual([409, 'GitReferenceStaleException']);
  }
}

async function linesOf(emulator: Emulator): Promise<string[]> {
  return (await git(emulator.directory, 'cat-file', 'blob', 'main:lines')).split('\n').filter((line) => line !== '');
}

test('20 writers race on one branch: no line is lost, history is linear', async () => {
  const emulator = await startEmulator();
  await push(emulator, zero, [addFile('/lines', '')]);
  const names = [...Array(20).keys()].map((index) => `writer-${index}`);
  const lost = await Promise.all(names.map((name) => addLine(emulator, name)));
  expect(lost.reduce((sum, times) => sum + times, 0)).toBeGreaterThan(0);
  expect((await linesOf(emulator)).sort()).toEqual(names.sort());
  expect(await git(emulator.directory, 'rev-list', '--count', 'main')).toBe('21');
  expect(await git(emulator.directory, 'rev-list', '--merges', 'main')).toBe('');
  expect(await git(emulator.directory, 'fsck', '--strict', '--no-dangling')).toBe('');
});

test('REST and Git clients race: exactly one wins each round, and nobody’s commit is lost', async () => {
  const emulator = await startEmulator();
  await push(emulator, zero, [addFile('/lines', '')]);
  const byGit = async (name: string): Promise<void> => {
    const clone = join(await temporaryDirectory(), 'clone');
    await git('.', 'clone', '--quiet', emulator.remote, clone);
    await writeFile(join(clone, name), name);
    await git(clone, 'add', '--all');
    await git(clone, 'commit', '--quiet', '-m', name);
    const pushOnce = async (): Promise<boolean> =>
      git(clone, 'push', '--quiet', 'origin', 'main').then(
        () => true,
        () => false,
      );
    while (!(await pushOnce())) await git(clone, 'pull', '--quiet', '--rebase');
  };
  const rest = ['a', 'b', 'c', 'd', 'e'].map((name) => addLine(emulator, name));
  await Promise.all([...rest, byGit('one'), byGit('two')]);
  expect((await linesOf(emulator)).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await git(emulator.directory, 'ls-tree', '--name-only', 'main')).toBe('lines\none\ntwo');
  expect(await git(emulator.directory, 'rev-list', '--count', 'main')).toBe('8');
});

test('of pushes with one and the same old tip exactly one lands, to a new branch too', async () => {
  const emulator = await startEmulator();
  const tip = await push(emulator, zero, [addFile('/file', '')]);
  for (const branch of ['main', 'new']) {
    const pushes = [...Array(10).keys()].map((index) =>
      call(`${emulator.repository}/pushes`, pushBody(tip, [editFile('/file', `${branch} ${index}`)], {}, branch)),
    );
    const answers = await Promise.all(pushes);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  }
});

type Tree = ReadonlyMap<string, string>;
type Edit = { readonly type: string; readonly path: string; readonly content: string };

const segment = fc.constantFrom('a', 'b', 'a.b', 'a-b');
const filePath = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => `/${segments.join('/')}`);
const type = fc.constantFrom('write', 'write', 'write', 'write', 'add', 'edit', 'delete');
const wishes = fc.uniqueArray(fc.record({ type, path: filePath, content: fc.string() }), {
  minLength: 1,
  maxLength: 3,
  selector: ({ path }) => path,
});

/** What a tree holds after the edits, or `undefined` where one does not fit. */
function applyToModel(before: Tree, all: readonly Edit[]): Tree | undefined {
  const after = new Map(before);
  for (const { type, path } of all) {
    const below = [...before.keys()].filter((known) => known === path || known.startsWith(`${path}/`));
    const fits = type === 'add' ? below.length === 0 : type === 'edit' ? before.has(path) : below.length > 0;
    if (!fits) return undefined;
    if (type === 'delete') for (const known of below) after.delete(known);
  }
  for (const { type, path, content } of all) if (type !== 'delete') after.set(path, content);
  const paths = [...after.keys()];
  return paths.some((path) => paths.some((other) => other.startsWith(`${path}/`))) ? undefined : after;
}

test('any push does to the tree what its changes say, or is refused whole, and the repository has no fault', async () => {
  const emulator = await startEmulator();
  let tip = await push(emulator, zero, [addFile('/a/b', '1'), addFile('/b', '2')]);
  let tree: Tree = new Map([
    ['/a/b', '1'],
    ['/b', '2'],
  ]);
  const statuses: number[] = [];
  await fc.assert(
    fc.asyncProperty(wishes, async (wished) => {
      const all = wished.map(({ type, path, content }) => ({
        type: type === 'write' ? (tree.has(path) ? 'edit' : 'add') : type,
        path,
        content,
      }));
      const after = applyToModel(tree, all);
      const changes = all.map(({ type, path, content }) =>
        type === 'delete' ? { changeType: type, item: { path } } : addFile(path, content, type),
      );
      const { status, body } = await call(`${emulator.repository}/pushes`, pushBody(tip, changes));
      expect(status).toBe(after === undefined ? 400 : 201);
      statuses.push(status);
      tip = body.refUpdates?.[0]?.newObjectId ?? tip;
      tree = after ?? tree;
      const { body: listed } = await call(`${emulator.repository}/items?recursionLevel=full`);
      const files = listed.value.filter(({ gitObjectType }) => gitObjectType === 'blob').map(({ path }) => path);
      expect(files.sort()).toEqual([...tree.keys()].sort());
    }),
    { numRuns: 150 },
  );
  expect(statuses.filter((status) => status === 201).length).toBeGreaterThan(10);
  expect(await git(emulator.directory, 'fsck', '--strict', '--no-dangling')).toBe('');
});

test.each(['refs/heads/main.lock', 'HEAD.lock'])('%s of a killed program is cleared away', async (lock) => {
  const emulator = await startEmulator();
  const tip = await push(emulator, zero, [addFile('/file', '1')]);
  const path = join(emulator.directory, lock);
  await writeFile(path, '');
  await utimes(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  const next = await push(emulator, tip, [editFile('/file', '2')]);
  expect(await git(emulator.directory, 'rev-parse', 'main')).toBe(next);
});

test('a repository in a folder with an odd name, given relative, by a link, works and is cleared of locks too', async () => {
  const parent = await temporaryDirectory();
  await mkdir(join(parent, "it's ä repo"));
  await symlink(join(parent, "it's ä repo"), join(parent, 'link'));
  const emulator = await startEmulator();
  const directory = relative(process.cwd(), join(parent, 'link'));
  await emulator.addRepository({ organization: 'contoso', project: 'platform', name: 'odd', directory });
  const odd = { ...emulator, repository: emulator.repository.replace(/gitops$/, 'odd') };
  const tip = await push(odd, zero, [addFile('/file', '1')]);
  const lock = join(parent, 'link', 'refs/heads/main.lock');
  await writeFile(lock, '');
  await utimes(lock, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  await push(odd, tip, [editFile('/file', '2')]);
  expect(await git(join(parent, "it's ä repo"), 'cat-file', 'blob', 'main:file')).toBe('2');
});

test('reading goes on after its Git program was killed', async () => {
  const emulator = await startEmulator();
  const tip = await push(emulator, zero, [addFile('/file', '1')]);
  const blob = `${emulator.repository}/blobs/${await git(emulator.directory, 'rev-parse', `${tip}:file`)}`;
  expect((await call(blob)).status).toBe(200);
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  for (const [, pid] of children.matchAll(/^ *(\d+) git cat-file --batch$/gm)) process.kill(Number(pid), 'SIGKILL');
  await eventually(async () => expect((await call(blob)).status).toBe(200));
});
