import { describe, expect, test } from 'vitest';
import { addCommit, gitText } from '../../../support/bare-repository.ts';
import { pushTag, readText, seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describeCompareAndSwap(getHost: GetHost): void {
  describe('push', () => {
    test('onto a tip that has moved is refused', async () => {
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { files: { 'other.yaml': 'x' } });
      await expect(pushTag(repository, first, 2)).rejects.toMatchObject({ code: 'branch-moved' });
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(second);
    });

    test('onto a tip that moves in that moment is refused', async () => {
      const { repository, directory, first } = await seed(getHost);
      getHost().beforePush(() => addCommit(directory, { files: { 'other.yaml': 'x' } }));
      await expect(pushTag(repository, first, 2)).rejects.toMatchObject({ code: 'branch-moved' });
      expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
    });

    test('onto a tip that was reset to an older commit is refused', async () => {
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
      expect(await readText(repository, second)).toBe('tag: "2"\n');
      await gitText(directory, 'update-ref', 'refs/heads/main', first);
      await expect(pushTag(repository, second, 3)).rejects.toMatchObject({ code: 'branch-moved' });
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
    });

    test('onto a tip that was replaced by another history is refused', async () => {
      const { repository, directory, first } = await seed(getHost);
      await repository.tip('main');
      const other = await addCommit(directory, { parents: [], files: { [valuesFile]: 'tag: "9"\n' } });
      await expect(pushTag(repository, first, 3)).rejects.toMatchObject({ code: 'branch-moved' });
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(other);
    });

    test('to a branch that has vanished does not make it again', async () => {
      const { repository, directory, first } = await seed(getHost);
      await gitText(directory, 'update-ref', 'refs/heads/dev', first);
      await repository.tip('dev');
      await gitText(directory, 'update-ref', '-d', 'refs/heads/dev');
      await expect(pushTag(repository, first, 2, 'dev')).rejects.toMatchObject({ code: 'branch-not-found' });
      expect(await gitText(directory, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    });

    test('to a branch that vanishes in that moment does not make it again', async () => {
      const { repository, directory, first } = await seed(getHost);
      await gitText(directory, 'update-ref', 'refs/heads/dev', first);
      getHost().beforePush(() => gitText(directory, 'update-ref', '-d', 'refs/heads/dev'));
      await expect(pushTag(repository, first, 2, 'dev')).rejects.toMatchObject({ code: 'branch-not-found' });
      expect(await gitText(directory, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    });
  });
}
