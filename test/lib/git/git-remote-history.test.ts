import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addCommit, gitText } from '../../support/bare-repository.ts';
import { list } from './contract/contract-host.ts';
import { startGitHost } from './git-host.ts';
import type { GitHost } from './git-host.ts';

/** Numbers in [0, n), the same in every run (mulberry32). */
function chance(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

describe.each([
  ['version 2', {}],
  ['version 0, all files', { versions: 'only-0', allowFilter: false }],
] as const)('%s', (_, options) => {
  let host: GitHost;
  beforeAll(async () => {
    host = await startGitHost(options);
  });
  afterAll(() => host.close());

  test.each([1, 2])('random merges (%i): the commits that `git log -- FILE` lists', async (seed) => {
    const random = chance(seed);
    const { directory, open } = await host.create();
    const commits = [await addCommit(directory, { files: { 'a.yaml': '0', 'x/b.yaml': '0' } })];
    for (let round = 0; round < 40; round += 1) {
      const pick = (): string => commits[Math.max(0, commits.length - 1 - random(5))] ?? '';
      const parents = [...new Set(random(3) === 0 ? [pick(), pick()] : [pick()])];
      const file = ['a.yaml', 'x/b.yaml', 'other.yaml'][random(3)] ?? '';
      const content = random(8) === 0 && file !== 'other.yaml' ? undefined : String(random(4));
      commits.push(await addCommit(directory, { parents, files: { [file]: content } }));
    }
    const tip = commits.at(-1) ?? '';
    const repository = open();
    for (const path of ['a.yaml', 'x/b.yaml']) {
      const expected = await gitText(directory, 'log', '--format=%H', tip, '--', path);
      const found = await list(repository.history(tip, path, 1000));
      expect(found.map(({ commit }) => commit)).toEqual(expected.split('\n'));
    }
    for (const base of [commits[0], commits.at(-12), commits.at(-30)]) {
      const isAncestor = (await gitText(directory, 'merge-base', base ?? '', tip)) === base;
      const expected = await gitText(directory, 'rev-list', `${base}..${tip}`);
      const { commits: found, complete } = await open().above(base ?? '', tip, 100);
      // Of what is no ancestor, we do not look for what it has in common with the tip.
      const ids = new Set(found.map(({ commit }) => commit));
      expect(expected.split('\n').filter((id) => !ids.has(id))).toEqual([]);
      expect(found.length === expected.split('\n').length || !isAncestor).toBe(true);
      expect(complete).toBe(isAncestor);
    }
  });

  test('is fetched only as deep as it is asked for', async () => {
    const { directory, open } = await host.create();
    const first = await addCommit(directory, { files: { 'a.yaml': '1', 'b.yaml': '1' } });
    for (let round = 0; round < 40; round += 1) await addCommit(directory, { files: { 'b.yaml': String(round) } });
    const tip = await addCommit(directory, { message: 'last', files: { 'a.yaml': '2' } });
    const repository = open();
    await repository.tip('main');
    await repository.read(tip, ['a.yaml']);
    host.server.requests.length = 0;
    expect((await list(repository.history(tip, 'a.yaml', 1))).map(({ message }) => message.trim())).toEqual(['last']);
    expect(host.server.requests).toHaveLength(1); // 32 deep
    expect((await list(repository.history(tip, 'a.yaml', 5))).map(({ commit }) => commit)).toEqual([tip, first]);
    expect(host.server.requests.length).toBeLessThanOrEqual(3);
    expect((await list(repository.history(tip, 'a.yaml', 5))).map(({ commit }) => commit)).toEqual([tip, first]);
    expect(host.server.requests.length).toBeLessThanOrEqual(3);
  });

  test('of a file that was never there is empty', async () => {
    const { directory, open } = await host.create();
    const tip = await addCommit(directory, { files: { 'a.yaml': '1' } });
    expect(await list(open().history(tip, 'no.yaml', 5))).toEqual([]);
  });
});
