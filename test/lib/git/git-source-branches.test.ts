import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCommit, gitText } from '../../support/bare-repository.ts';
import { openGitRemote, startGitHost } from './git-host.ts';
import type { GitHost } from './git-host.ts';

const source = 'tagrelay/app+api/prod';
const files = [{ path: 'a.yaml', content: Buffer.from('2') }];
let host: GitHost;
beforeAll(async () => {
  host = await startGitHost();
});
afterAll(() => host.close());

/** A repository with one commit, and the adapter as a process has it that knows nothing yet. */
async function seed() {
  const { directory } = await host.create();
  const base = await addCommit(directory, { files: { 'a.yaml': '1', 'b.yaml': '1' } });
  const url = `${host.server.url}/${directory.split('/').at(-1)?.replace('.git', '')}`;
  const open = () => openGitRemote(url);
  return { directory, base, open, remote: open(), push: { source, base, message: 'deploy', files } };
}

test('a source branch is made on the target, grows, and is made anew by one move', async () => {
  const { directory, base, remote, push } = await seed();
  expect(await remote.head(source)).toBeUndefined();
  const first = await remote.pushSource({ ...push, from: undefined });
  expect(await remote.head(source)).toBe(first.commit);
  const second = await remote.pushSource({ ...push, from: first.commit, base: first.commit });
  expect(await gitText(directory, 'log', '--format=%H', source)).toBe([second.commit, first.commit, base].join('\n'));
  const target = await addCommit(directory, { files: { 'b.yaml': '2' } });
  const anew = await remote.pushSource({ ...push, from: second.commit, base: target });
  expect(await gitText(directory, 'log', '--format=%H', source)).toBe([anew.commit, target, base].join('\n'));
  expect(await gitText(directory, 'show', `${source}:a.yaml`)).toBe('2');
  expect(await gitText(directory, 'rev-parse', 'main')).toBe(target);
});

test('who comes second to make, move or make anew a branch is told that it has moved', async () => {
  const { directory, base, remote, open, push } = await seed();
  const { commit } = await remote.pushSource({ ...push, from: undefined });
  const late = open();
  const moved = { code: 'branch-moved' };
  await expect(late.pushSource({ ...push, message: 'late', from: undefined })).rejects.toMatchObject(moved);
  await expect(late.pushSource({ ...push, message: 'late', from: base })).rejects.toMatchObject(moved);
  expect(await gitText(directory, 'rev-parse', source)).toBe(commit);
});

test('nothing grows on a branch that was deleted in the meantime', async () => {
  const { directory, remote, push } = await seed();
  const { commit } = await remote.pushSource({ ...push, from: undefined });
  await gitText(directory, 'branch', '-D', source);
  await expect(remote.pushSource({ ...push, from: commit, base: commit })).rejects.toMatchObject({
    code: 'branch-moved',
  });
  expect(await gitText(directory, 'branch', '--list', source)).toBe('');
});

test('a branch is removed where it is still at the head, and only there', async () => {
  const { directory, base, remote, push } = await seed();
  const { commit } = await remote.pushSource({ ...push, from: undefined });
  await remote.removeSource(source, base);
  expect(await remote.head(source)).toBe(commit);
  await remote.removeSource(source, commit);
  expect(await gitText(directory, 'branch', '--list', source)).toBe('');
  await remote.removeSource(source, commit);
});

test('a host that lets nobody make branches says so', async () => {
  const made = await host.create();
  const base = await addCommit(made.directory, { files: { 'a.yaml': '1' } });
  await host.refusePushes(made);
  const remote = openGitRemote(`${host.server.url}/${made.directory.split('/').at(-1)?.replace('.git', '')}`);
  await expect(remote.pushSource({ source, from: undefined, base, message: 'deploy', files })).rejects.toMatchObject({
    code: 'push-rejected-by-policy',
  });
});
