import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as isomorphic from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { expect, test } from 'vitest';
import type { PushEvent } from '../../../local/devops/server/platform.ts';
import { addFile, call, editFile, git, push, startEmulator, temporaryDirectory, token, zero } from './emulator.ts';

/** An emulator whose repository has one commit on `main`. */
async function start() {
  const events: PushEvent[] = [];
  const emulator = await startEmulator({ onPush: (event) => events.push(event) });
  const first = await push(emulator, zero, [addFile('/apps/values.yaml', 'tag: "1"\n')]);
  return { emulator, events, first };
}

const { emulator, events } = await start();
const withoutToken = emulator.remote.replace(`pat:${token}@`, '');

async function clone(url = emulator.remote, ...options: readonly string[]): Promise<string> {
  const directory = join(await temporaryDirectory(), 'clone');
  await git('.', 'clone', '--quiet', ...options, url, directory);
  return directory;
}

async function commitFile(directory: string, name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(directory, name), content);
  await git(directory, 'add', '--all');
  await git(directory, 'commit', '--quiet', '-m', name);
  return git(directory, 'rev-parse', 'HEAD');
}

test('a clone has what REST pushed, REST reads what a clone pushed, and both are events', async () => {
  const { emulator, events, first } = await start();
  const directory = await clone(emulator.remote);
  expect(await readFile(join(directory, 'apps/values.yaml'), 'utf8')).toBe('tag: "1"\n');
  const second = await commitFile(directory, 'two', '2');
  await git(directory, 'push', '--quiet', 'origin', 'main');
  const refs = await call(`${emulator.repository}/refs?filter=heads/main`);
  expect(refs.body.value[0]?.objectId).toBe(second);

  const third = await push(emulator, second, [editFile('/apps/values.yaml', 'tag: "3"\n')]);
  await git(directory, 'pull', '--quiet');
  expect(await git(directory, 'rev-parse', 'HEAD')).toBe(third);
  expect(events.map(({ commits, refUpdates }) => [commits, refUpdates])).toEqual([
    [[first], [{ name: 'refs/heads/main', oldObjectId: zero, newObjectId: first }]],
    [[second], [{ name: 'refs/heads/main', oldObjectId: first, newObjectId: second }]],
    [[third], [{ name: 'refs/heads/main', oldObjectId: second, newObjectId: third }]],
  ]);
  expect(events[1]?.repository.name).toBe('gitops');
});

test('a push of branches, tags and deletions is recorded ref by ref; a refused one is not', async () => {
  const directory = await clone();
  const commit = await commitFile(directory, 'new', 'x');
  const before = events.length;
  await git(directory, 'push', '--quiet', 'origin', 'HEAD:refs/heads/a', 'HEAD:refs/tags/v1');
  await git(directory, 'push', '--quiet', 'origin', ':a');
  await git(directory, 'commit', '--quiet', '--amend', '-m', 'other');
  await git(directory, 'tag', '-f', 'v1');
  await expect(git(directory, 'push', '--quiet', 'origin', 'refs/tags/v1')).rejects.toThrow('already exists');
  const recorded = events.slice(before).map(({ refUpdates }) => refUpdates);
  expect(recorded).toEqual([
    [
      { name: 'refs/heads/a', oldObjectId: zero, newObjectId: commit },
      { name: 'refs/tags/v1', oldObjectId: zero, newObjectId: commit },
    ],
    [{ name: 'refs/heads/a', oldObjectId: commit, newObjectId: zero }],
  ]);
  const { body } = await call(`${emulator.repository}/pushes?searchCriteria.refName=refs/heads/a`);
  expect(body.count).toBe(2);
});

test('a push that is not a fast-forward is refused by the client, with force it lands', async () => {
  const { emulator, first } = await start();
  await push(emulator, first, [editFile('/apps/values.yaml', 'tag: "2"\n')]);
  const directory = await clone(emulator.remote);
  await git(directory, 'reset', '--quiet', '--hard', first);
  const commit = await commitFile(directory, 'sideways', 'x');
  await expect(git(directory, 'push', '--quiet', 'origin', 'main')).rejects.toThrow('rejected');
  await git(directory, 'push', '--quiet', '--force', 'origin', 'main');
  expect(await git(emulator.directory, 'rev-parse', 'main')).toBe(commit);
});

test('large pushes come in chunks, and reads see their packs at once', async () => {
  const directory = await clone();
  const content = randomBytes(3_000_000);
  const commit = await commitFile(directory, 'large.bin', content);
  await git(directory, '-c', 'http.postBuffer=65536', 'push', '--quiet', 'origin', 'main');
  const query = `path=/large.bin&versionDescriptor.version=${commit}&versionDescriptor.versionType=commit`;
  const response = await fetch(`${emulator.repository}/items?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
});

test.each(['--depth=1', '--filter=blob:none', '--bare', '--mirror'])('clone %s works', async (option) => {
  const directory = await clone(`${emulator.remote}.git`, option);
  expect(await git(directory, 'rev-parse', 'HEAD')).toBe(await git(emulator.directory, 'rev-parse', 'main'));
});

test('protocol versions 0 and 2 both work', async () => {
  for (const version of ['0', '2']) {
    const listed = await git('.', '-c', `protocol.version=${version}`, 'ls-remote', emulator.remote, 'refs/heads/main');
    expect(listed).toContain('refs/heads/main');
  }
  const headers = { authorization: `Bearer ${token}`, 'git-protocol': 'version=2' };
  const response = await fetch(`${withoutToken}/info/refs?service=git-upload-pack`, { headers });
  expect(response.headers.get('content-type')).toBe('application/x-git-upload-pack-advertisement');
  expect(await response.text()).toContain('version 2');
});

test('a compressed request is unpacked', async () => {
  const body = gzipSync('0014command=ls-refs\n0000');
  const type = 'application/x-git-upload-pack-request';
  const headers = {
    authorization: `Bearer ${token}`,
    'git-protocol': 'version=2',
    'content-type': type,
    'content-encoding': 'gzip',
  };
  const response = await fetch(`${withoutToken}/git-upload-pack`, { method: 'POST', headers, body });
  expect(await response.text()).toContain('refs/heads/main');
});

test('isomorphic-git clones and pushes', async () => {
  const dir = await temporaryDirectory();
  const options = { fs, http, dir, url: withoutToken, onAuth: () => ({ username: 'pat', password: token }) };
  await isomorphic.clone({ ...options, ref: 'main', singleBranch: true, depth: 1 });
  await writeFile(join(dir, 'by-isomorphic'), 'x');
  await isomorphic.add({ fs, dir, filepath: 'by-isomorphic' });
  const author = { name: 'Ada', email: 'ada@example.com' };
  const commit = await isomorphic.commit({ fs, dir, message: 'isomorphic', author });
  const before = events.length;
  expect(await isomorphic.push({ ...options, ref: 'main' })).toMatchObject({ ok: true });
  expect(events.slice(before).map(({ refUpdates }) => refUpdates[0]?.newObjectId)).toEqual([commit]);
});

test('a listener that fails does not make the push fail', async () => {
  const lines: string[] = [];
  const failing = await startEmulator({
    log: (line) => lines.push(line),
    onPush: () => {
      throw new Error('no listener');
    },
  });
  expect(await push(failing, zero, [addFile('/file', 'x')])).toBe(await git(failing.directory, 'rev-parse', 'main'));
  expect(lines).toHaveLength(1);
});

test('without a token, or with a wrong one, a Git client is asked for it and given nothing', async () => {
  for (const headers of [{}, { authorization: `Basic ${Buffer.from('x:wrong').toString('base64')}` }]) {
    const response = await fetch(`${withoutToken}/info/refs?service=git-upload-pack`, { headers });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="http://127.0.0.1/"',
    ]);
    expect(await response.text()).not.toContain('refs/');
  }
  await expect(git('.', 'ls-remote', withoutToken)).rejects.toThrow('could not read Username');
});

test.each([
  '/none/info/refs?service=git-upload-pack',
  '/gitops/HEAD',
  '/gitops/objects/info/packs',
  '/gitops/..%2f..%2fetc/info/refs',
])('GET _git%s is not found', async (path) => {
  const url = `${emulator.organization}/platform/_git${path}`;
  expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
});

test('a repository that bears its project’s name needs no project in its URL, and names may have spaces', async () => {
  const directory = await temporaryDirectory();
  await emulator.addRepository({ organization: 'tfs/Coll', project: 'My Shop', name: 'My Shop', directory });
  const url = `http://x:${token}@${new URL(emulator.url).host}/tfs/Coll/_git/My%20Shop`;
  const cloned = await clone(url);
  const commit = await commitFile(cloned, 'file', 'x');
  await git(cloned, 'push', '--quiet', 'origin', 'HEAD:main');
  expect(await git(directory, 'rev-parse', 'main')).toBe(commit);
});

test('the repository is without fault after all this', async () => {
  expect(await git(emulator.directory, 'fsck', '--strict', '--no-dangling')).toBe('');
});
