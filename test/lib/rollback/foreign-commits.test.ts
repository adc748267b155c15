import { expect, test } from 'vitest';
import type { Commit } from '../../../src/lib/git/repository.ts';
import { findForeign } from '../../../src/lib/rollback/foreign-commits.ts';

const commit = (name: string, minute: number): Commit => ({
  commit: name,
  message: name,
  parents: [],
  committedAt: new Date(Date.UTC(2026, 10, 20, 10, minute)),
});

/** A repository whose path was changed by these commits, the newest first; those of `above` lie above the revision. */
function repository(ofPath: readonly Commit[], above: readonly Commit[], complete = true) {
  return {
    above: () => Promise.resolve({ commits: above, complete }),
    async *history(_tip: string, _path: string, limit: number) {
      await Promise.resolve();
      yield* ofPath.slice(0, limit);
    },
  };
}

const isOurs = ({ commit: name }: Commit) => Promise.resolve(name.startsWith('ours'));
const range = { revision: 'r', tip: 't' };

test('[own] a commit of an old branch that was merged since is found behind many newer ones', async () => {
  const old = commit('theirs', 1);
  const below = Array.from({ length: 40 }, (_one, index) => commit(`below ${index}`, 50 - index));
  const found = await findForeign(['apps'], range, repository([...below, old], [commit('ours', 55), old]), isOurs);
  expect(found).toBe(old);
});

test('[own] the search ends at commits that are older than all above the revision', async () => {
  let read = 0;
  const below = Array.from({ length: 500 }, (_one, index) => commit(`below ${index}`, -index));
  const counted = repository(below, [commit('ours', 55)]);
  const history = async function* (...args: Parameters<typeof counted.history>) {
    for await (const one of counted.history(...args)) {
      read += 1;
      yield one;
    }
  };
  expect(await findForeign(['apps'], range, { ...counted, history }, isOurs)).toBeUndefined();
  expect(read).toBeLessThan(30);
});

test('[own] more commits than are read leave it unknown', async () => {
  const many = Array.from({ length: 1_001 }, (_one, index) => commit(`ours ${index}`, -index));
  expect(await findForeign(['apps'], range, repository(many, many), isOurs)).toBe('unknown');
  expect(await findForeign(['apps'], range, repository([], [], false), isOurs)).toBe('unknown');
});
