import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { maxFileBytes } from '../../../../src/lib/edit/yaml/decode.ts';
import { Failure } from '../../../../src/lib/model/failure.ts';
import type { GitOpsRepository, Tip } from '../../../../src/lib/git/repository.ts';
import { gitBytes, gitText } from '../../../support/bare-repository.ts';
import { seed } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describeLoad(getHost: GetHost): void {
  describe('load', () => {
    test('reads the largest file that is edited', async () => {
      const big = randomBytes(maxFileBytes);
      const { repository, first } = await seed(getHost, { 'big.bin': big });
      expect(big.equals((await repository.read(first, ['big.bin'])).get('big.bin') ?? Buffer.alloc(0))).toBe(true);
    });

    test('takes a file of 5 MiB', async () => {
      const { repository, directory, first } = await seed(getHost, { 'big.bin': 'small' });
      const content = randomBytes(5 * 1024 * 1024);
      await repository.push({ branch: 'main', base: first, message: 'big', files: [{ path: 'big.bin', content }] });
      expect((await gitBytes(directory, ['cat-file', 'blob', 'main:big.bin'])).equals(content)).toBe(true);
    });

    test('of ten writers at once loses no update', async () => {
      const { directory, open } = await seed(getHost, { 'lines.txt': '' });
      const writers = Array.from({ length: 10 }, (_, index) => index);
      await Promise.all(writers.map((index) => appendLine(open(), `writer ${index}\n`)));
      const lines = (await gitText(directory, 'show', 'main:lines.txt')).split('\n');
      expect(lines.sort()).toEqual(writers.map((index) => `writer ${index}`));
      expect(await gitText(directory, 'rev-list', '--count', '--first-parent', 'main')).toBe('11');
      expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('11');
    });
  });
}

/** As the app does it: tip, files, push; again from the start where the branch has moved. */
async function appendLine(repository: GitOpsRepository, line: string): Promise<void> {
  for (;;) {
    const { branch, commit }: Tip = await repository.tip('main');
    const before = (await repository.read(commit, ['lines.txt'])).get('lines.txt') ?? new Uint8Array();
    const content = Buffer.concat([before, Buffer.from(line)]);
    try {
      await repository.push({ branch, base: commit, message: line, files: [{ path: 'lines.txt', content }] });
      return;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'branch-moved') throw error;
    }
  }
}
