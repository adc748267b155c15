import { describe, expect, test } from 'vitest';
import { addCommit, gitText } from '../../../support/bare-repository.ts';
import { seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describeTip(getHost: GetHost): void {
  describe('tip', () => {
    test('of the default branch', async () => {
      const { repository, first } = await seed(getHost);
      expect(await repository.tip(undefined)).toEqual({ branch: 'main', commit: first });
    });

    test('of another default branch', async () => {
      const { repository, directory, first } = await seed(getHost);
      await gitText(directory, 'update-ref', 'refs/heads/release/2026', first);
      await gitText(directory, 'symbolic-ref', 'HEAD', 'refs/heads/release/2026');
      expect(await repository.tip(undefined)).toEqual({ branch: 'release/2026', commit: first });
    });

    test('of a branch whose name begins another name', async () => {
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { branch: 'rel2', files: { a: '2' } });
      const third = await addCommit(directory, { branch: 'relx/y', files: { a: '3' } });
      await expect(repository.tip('rel')).rejects.toMatchObject({ code: 'branch-not-found' });
      await gitText(directory, 'update-ref', 'refs/heads/rel', first);
      expect(await repository.tip('rel')).toEqual({ branch: 'rel', commit: first });
      expect(await repository.tip('rel2')).toEqual({ branch: 'rel2', commit: second });
      expect(await repository.tip('relx/y')).toEqual({ branch: 'relx/y', commit: third });
    });

    test('moves on', async () => {
      const { repository, directory } = await seed(getHost);
      await repository.tip('main');
      const commit = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
      expect(await repository.tip('main')).toEqual({ branch: 'main', commit });
    });

    test('of an empty repository', async () => {
      const repository = (await getHost().create()).open();
      await expect(repository.tip(undefined)).rejects.toMatchObject({ code: 'branch-not-found' });
      await expect(repository.tip('main')).rejects.toMatchObject({ code: 'branch-not-found' });
    });

    test('of a repository that is not there', async () => {
      await expect(getHost().openMissing().tip('main')).rejects.toMatchObject({ code: 'repository-not-found' });
    });
  });
}
