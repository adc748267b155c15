import { expect, onTestFinished, test } from 'vitest';
import { ObjectCache } from '../../../src/lib/git/git-remote/object-cache.ts';
import { addCommit, gitBytes, gitText } from '../../support/bare-repository.ts';
import type { GitServerOptions } from '../../support/git-server.ts';
import { openGitRemote, startGitHost } from './git-host.ts';

async function seeded(options: Omit<GitServerOptions, 'root'> = {}, cache = new ObjectCache()) {
  const host = await startGitHost(options);
  onTestFinished(() => host.close());
  const { directory } = await host.create();
  const files = { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n', 'big.bin': Buffer.from('0123456789'.repeat(100_000)) };
  const base = await addCommit(directory, { files });
  const { server } = host;
  const url = `${server.url}/${directory.split('/').at(-1)}`;
  /** Requests since the last call; GET asks what the host can do. */
  const asked = (): string[] => server.requests.splice(0).map((line) => line.replace(/\/\S*git-/, ''));
  return { server, directory, base, url, asked, repository: openGitRemote(url, { cache }) };
}

const change = (base: string, text: string) => ({
  branch: 'main',
  base,
  message: 'deploy',
  files: [{ path: 'a.yaml', content: Buffer.from(text) }],
});

test('once it is warm, a commit takes two round trips, and three where others push too', async () => {
  const { repository, base, directory, asked } = await seeded();
  await repository.tip('main');
  await repository.read(base, ['a.yaml']);
  const { commit: second } = await repository.push(change(base, 'a: 2\n'));
  expect(asked()).toEqual([
    'GET upload-pack', // what the host can do
    'POST upload-pack', // the tip
    'POST upload-pack', // the trees
    'POST upload-pack', // the file
    'GET receive-pack', // what the host can do with pushes
    'POST receive-pack',
  ]);

  const own = await repository.tip('main');
  expect(own.commit).toBe(second);
  await repository.read(second, ['a.yaml']);
  await repository.push(change(second, 'a: 3\n'));
  expect(asked()).toEqual(['POST upload-pack', 'POST receive-pack']);

  const theirs = await addCommit(directory, { files: { 'a.yaml': 'a: 4\n' } });
  await repository.tip('main');
  await repository.read(theirs, ['a.yaml']);
  await repository.push(change(theirs, 'a: 5\n'));
  expect(asked()).toEqual(['POST upload-pack', 'POST upload-pack', 'POST receive-pack']);
});

test('version 0 of the protocol needs no round trip more', async () => {
  const { repository, base, asked } = await seeded({ versions: 'only-0', allowFilter: false });
  await repository.tip('main');
  await repository.read(base, ['a.yaml']);
  await repository.push(change(base, 'a: 2\n'));
  expect(asked()).toEqual(['GET upload-pack', 'POST upload-pack', 'GET receive-pack', 'POST receive-pack']);
});

test('what ten want at once is fetched once', async () => {
  const { repository, base, asked } = await seeded();
  await repository.tip('main');
  asked();
  await Promise.all(Array.from({ length: 10 }, () => repository.read(base, ['a.yaml', 'b.yaml'])));
  expect(asked()).toEqual(['POST upload-pack', 'POST upload-pack']);
});

test('files that nobody reads are not fetched', async () => {
  const cache = new ObjectCache();
  const { repository, base, directory, url } = await seeded({}, cache);
  await repository.read(base, ['a.yaml']);
  const next = await addCommit(directory, { files: { 'big.bin': Buffer.from('abcdefghij'.repeat(100_000)) } });
  await repository.read(next, ['a.yaml', 'b.yaml']);
  const store = await cache.use(url);
  const big = await gitText(directory, 'rev-parse', 'main:big.bin');
  expect(store.has(await gitText(directory, 'rev-parse', 'main:b.yaml'))).toBe(true);
  expect(store.has(big)).toBe(false);
});

test('a host that says it leaves files out, and then gives none of them, is read whole', async () => {
  const { repository, base, directory } = await seeded({
    versions: 'only-0',
    configuration: { 'uploadpack.allowAnySHA1InWant': 'false', 'uploadpack.allowReachableSHA1InWant': 'true' },
  });
  const files = await repository.read(base, ['a.yaml', 'b.yaml']);
  expect([...files.keys()]).toEqual(['a.yaml', 'b.yaml']);
  await repository.push(change(base, 'a: 2\n'));
  expect(await gitText(directory, 'show', 'main:a.yaml')).toBe('a: 2');
});

test('names that are no UTF-8 stay as they are beside a file that changes', async () => {
  const { repository, base, directory } = await seeded();
  const blob = await gitText(directory, 'rev-parse', `${base}:a.yaml`);
  const latin1 = Buffer.from(`100644 blob ${blob}\ta.yaml\n100644 blob ${blob}\tGr\xf6\xdfe\n`, 'latin1');
  const tree = (await gitBytes(directory, ['mktree'], latin1)).toString().trim();
  const commit = await gitText(directory, '-c', 'user.name=A', '-c', 'user.email=a@b', 'commit-tree', '-m', 'x', tree);
  await gitText(directory, 'update-ref', 'refs/heads/main', commit);
  await repository.push(change(commit, 'a: 2\n'));
  const names = await gitBytes(directory, ['ls-tree', '--name-only', '-z', 'main']);
  expect(names.toString('latin1').split('\0').sort()).toEqual(['', 'Gr\xf6\xdfe', 'a.yaml']);
});

test('what the cache has lost or got wrong is fetched anew', async () => {
  const cache = new ObjectCache();
  const { repository, base, url, asked } = await seeded({}, cache);
  await repository.read(base, ['a.yaml']);
  const store = await cache.use(url);
  // As if an object that should be there were gone.
  Object.defineProperty(store, 'read', { value: () => Promise.reject(new Error('an object is broken')) });
  await expect(repository.read(base, ['a.yaml'])).rejects.toThrow('an object is broken');
  asked();
  expect([...(await repository.read(base, ['a.yaml'])).keys()]).toEqual(['a.yaml']);
  expect(asked()).toHaveLength(2);
});

test('a repository with many packs starts anew, and forgets nothing that matters', async () => {
  const cache = new ObjectCache({ maxBytes: 1_000_000, maxPacks: 4 });
  const { repository, directory, url } = await seeded({}, cache);
  for (let round = 0; round < 12; round += 1) {
    const commit = await addCommit(directory, { files: { 'a.yaml': `a: ${round}\n` } });
    const content = (await repository.read(commit, ['a.yaml'])).get('a.yaml') ?? [];
    expect(Buffer.from(content).toString()).toBe(`a: ${round}\n`);
    expect((await cache.use(url)).packs).toBeLessThanOrEqual(4);
  }
});

test('of several repositories, the one unused longest is forgotten first', async () => {
  const sample = new ObjectCache();
  const { repository, base, url } = await seeded({}, sample);
  await repository.read(base, ['a.yaml']);
  const { size } = await sample.use(url);
  const cache = new ObjectCache({ maxBytes: 2.5 * size, maxPacks: 50 });
  const repositories = await Promise.all([seeded({}, cache), seeded({}, cache), seeded({}, cache)]);
  for (const { repository, base } of repositories) await repository.read(base, ['a.yaml']);
  const stores = await Promise.all(repositories.map(({ url }) => cache.use(url)));
  expect(stores.map((store) => store.size > 0)).toEqual([false, true, true]);
});

test('a repository that is larger than the cache stays while it is used', async () => {
  const cache = new ObjectCache({ maxBytes: 10, maxPacks: 50 });
  const { repository, base, asked } = await seeded({ allowFilter: false }, cache);
  await repository.read(base, ['a.yaml']);
  asked();
  await repository.read(base, ['b.yaml']);
  expect(asked()).toEqual([]);
});
