import { describe, expect, test } from 'vitest';
import type { CommitsAbove } from '../../../../src/lib/git/repository.ts';
import { git } from '../../../../local/git.ts';
import { addCommit } from '../../../support/bare-repository.ts';
import { list, pushTag, seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describeHistory(getHost: GetHost): void {
  describe('history', () => {
    test('is what changed the file, the newest first, with whole messages', async () => {
      const long = `deploy: 2\n\n${'A line of the body.\n'.repeat(500)}\nImage-Update: route=payments id=2`;
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { message: long, files: { [valuesFile]: 'tag: "2"\n' } });
      await addCommit(directory, { files: { 'other.yaml': 'x' } });
      const fourth = await addCommit(directory, { message: 'größer 🚀', files: { [valuesFile]: 'tag: "3"\n' } });
      const tip = await addCommit(directory, { files: { 'other.yaml': 'y' } });
      const commits = await list(repository.history(tip, valuesFile, 10));
      expect(commits.map(({ commit, message }) => [commit, message.trimEnd()])).toEqual([
        [fourth, 'größer 🚀'],
        [second, long],
        [first, 'by hand'],
      ]);
      expect((await list(repository.history(tip, valuesFile, 2))).map(({ commit }) => commit)).toEqual([
        fourth,
        second,
      ]);
      expect((await list(repository.history(second, valuesFile, 1))).map(({ commit }) => commit)).toEqual([second]);
    });

    test('names the parents, the author and the time of each commit', async () => {
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
      const [newest, oldest] = await list(repository.history(second, valuesFile, 10));
      expect([newest?.parents, oldest?.parents]).toEqual([[first], []]);
      const committed = Number((await git(['show', '-s', '--format=%ct', second], directory)).trim());
      expect(newest?.committedAt).toEqual(new Date(committed * 1000));
      expect(newest?.author).toBe((await git(['show', '-s', '--format=%an', second], directory)).trim());
      expect((await repository.above(first, second, 10)).commits[0]).toMatchObject({
        parents: [first],
        author: newest?.author,
        committedAt: newest?.committedAt,
      });
    });

    test('without a path is all commits, also those of the side of a merge that was reverted', async () => {
      const { repository, directory, first } = await seed(getHost);
      const deployed = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
      const reverted = await addCommit(directory, { files: { [valuesFile]: 'tag: "1"\n' } });
      const side = await addCommit(directory, { branch: 'side', parents: [first], files: { 'side.yaml': 'x' } });
      // Its tree is that of `side`.
      const merge = await addCommit(directory, { parents: [reverted, side], files: { 'side.yaml': 'x' } });
      const ids = (await list(repository.history(merge, '', 10))).map(({ commit }) => commit);
      expect(ids.toSorted()).toEqual([merge, side, reverted, deployed, first].toSorted());
      expect((await list(repository.history(merge, valuesFile, 10))).map(({ commit }) => commit)).toEqual([
        reverted,
        deployed,
        first,
      ]);
    });

    test('of our own commits', async () => {
      const { repository, first } = await seed(getHost);
      const { commit: second } = await pushTag(repository, first, 2);
      const { commit: third } = await pushTag(repository, second, 3);
      const commits = await list(repository.history(third, valuesFile, 10));
      expect(commits.map(({ commit }) => commit)).toEqual([third, second, first]);
    });
  });

  describe('above', () => {
    test('is what the tip has and the base has not, with whole messages', async () => {
      const long = `deploy: 2\n\n${'A line of the body.\n'.repeat(500)}`.trimEnd();
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { message: long, files: { [valuesFile]: 'tag: "2"\n' } });
      const third = await addCommit(directory, { files: { 'other.yaml': 'x' } });
      expect(trimmed(await repository.above(first, third, 10))).toEqual({
        commits: [
          { commit: third, message: 'by hand' },
          { commit: second, message: long },
        ],
        complete: true,
      });
      expect((await repository.above(first, third, 2)).complete).toBe(true);
      expect(await repository.above(third, third, 2)).toEqual({ commits: [], complete: true });
    });

    test('says when there is more than was asked for', async () => {
      const { repository, directory, first } = await seed(getHost);
      await addCommit(directory, { files: { 'other.yaml': '2' } });
      const tip = await addCommit(directory, { files: { 'other.yaml': '3' } });
      expect(trimmed(await repository.above(first, tip, 1))).toEqual({
        commits: [{ commit: tip, message: 'by hand' }],
        complete: false,
      });
    });

    test('says when the base is no ancestor', async () => {
      const { repository, directory, first } = await seed(getHost);
      const other = await addCommit(directory, { parents: [], files: { 'other.yaml': '1' } });
      expect(trimmed(await repository.above(first, other, 5))).toEqual({
        commits: [{ commit: other, message: 'by hand' }],
        complete: false,
      });
    });

    test('of our own commits', async () => {
      const { repository, first } = await seed(getHost);
      const { commit: second } = await pushTag(repository, first, 2);
      const { commit: third } = await pushTag(repository, second, 3);
      const { commits, complete } = await repository.above(first, third, 10);
      expect(commits.map(({ commit }) => commit)).toEqual([third, second]);
      expect(complete).toBe(true);
    });
  });

  describe('isAncestor', () => {
    test('is true of the commit itself and of all below it, merges and all', async () => {
      const { repository, directory, first } = await seed(getHost);
      const side = await addCommit(directory, { branch: 'side', parents: [first], files: { 'side.yaml': '1' } });
      const second = await addCommit(directory, { files: { 'other.yaml': '2' } });
      const merge = await addCommit(directory, { parents: [second, side], files: { 'other.yaml': '3' } });
      const tip = await addCommit(directory, { files: { 'other.yaml': '4' } });
      for (const below of [tip, merge, second, side, first]) expect(await repository.isAncestor(below, tip)).toBe(true);
      expect(await repository.isAncestor(first, side)).toBe(true);
    });

    test('is false of what came later, came beside it, or has nothing in common', async () => {
      const { repository, directory, first } = await seed(getHost);
      const side = await addCommit(directory, { branch: 'side', parents: [first], files: { 'side.yaml': '1' } });
      const second = await addCommit(directory, { files: { 'other.yaml': '2' } });
      const tip = await addCommit(directory, { files: { 'other.yaml': '3' } });
      const lonely = await addCommit(directory, { branch: 'lonely', parents: [], files: { 'other.yaml': '1' } });
      expect(await repository.isAncestor(tip, second)).toBe(false);
      expect(await repository.isAncestor(second, first)).toBe(false);
      expect(await repository.isAncestor(side, tip)).toBe(false);
      expect(await repository.isAncestor(tip, side)).toBe(false);
      expect(await repository.isAncestor(lonely, tip)).toBe(false);
      expect(await repository.isAncestor(tip, lonely)).toBe(false);
    });

    test('looks deep', async () => {
      const { repository, directory, first } = await seed(getHost);
      let tip = first;
      for (let count = 0; count < 40; count += 1)
        tip = await addCommit(directory, { files: { 'other.yaml': `${count}` } });
      expect(await repository.isAncestor(first, tip)).toBe(true);
      expect(await repository.isAncestor(tip, first)).toBe(false);
    });

    test('has its proof in isOutside, which is never true of what lies below', async () => {
      const { repository, directory, first } = await seed(getHost);
      const side = await addCommit(directory, { branch: 'side', parents: [first], files: { 'side.yaml': '1' } });
      const second = await addCommit(directory, { files: { 'other.yaml': '2' } });
      const tip = await addCommit(directory, { parents: [second, side], files: { 'other.yaml': '3' } });
      const forced = await addCommit(directory, { branch: 'forced', parents: [second], files: { 'other.yaml': '4' } });
      for (const below of [tip, second, side, first]) expect(await repository.isOutside(below, tip)).toBe(false);
      expect(await repository.isOutside(side, forced)).toBe(true);
      expect(await repository.isOutside(tip, forced)).toBe(true);
      expect(await repository.isOutside(forced, tip)).toBe(true);
      await expect(repository.isOutside(first, 'd'.repeat(40))).rejects.toMatchObject({ code: 'branch-moved' });
    });

    test('of a commit that the repository has not got is no answer', async () => {
      const { repository, first } = await seed(getHost);
      const unknown = 'd'.repeat(40);
      await expect(repository.isAncestor(first, unknown)).rejects.toMatchObject({ code: 'branch-moved' });
      await expect(repository.isAncestor(unknown, first)).rejects.toMatchObject({ code: 'branch-moved' });
    });
  });
}

/** Hosts differ about the line feed at a message's end. */
function trimmed({ commits, complete }: CommitsAbove): object {
  return { commits: commits.map(({ commit, message }) => ({ commit, message: message.trimEnd() })), complete };
}
