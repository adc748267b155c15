import { describe, expect, test } from 'vitest';
import { gitBytes, gitText } from '../../../support/bare-repository.ts';
import { pushTag, readText, seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describePush(getHost: GetHost): void {
  describe('push', () => {
    test('is one commit on top of the base, and nothing else changes', async () => {
      const { repository, directory, first } = await seed(getHost, {
        [valuesFile]: 'tag: "1"\n',
        'apps/payments/other.yaml': 'a',
        'apps/Zürich Süd/ü.yaml': 'u',
        'z.yaml': 'z',
      });
      const message = 'deploy: payments 2 in dev\n\nImage-Update: route=payments id=1';
      const { commit } = await repository.push({
        branch: 'main',
        base: first,
        message,
        files: [
          { path: valuesFile, content: Buffer.from('tag: "2"\n') },
          { path: 'apps/Zürich Süd/ü.yaml', content: Buffer.from('v') },
        ],
      });
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(commit);
      expect(await gitText(directory, 'rev-parse', 'main^@')).toBe(first);
      expect(await gitText(directory, 'log', '-1', '--format=%B', 'main')).toBe(message);
      const changed = await gitText(directory, '-c', 'core.quotePath=false', 'diff', '--name-status', first, 'main');
      expect(changed).toBe(`M\tapps/Zürich Süd/ü.yaml\nM\t${valuesFile}`);
      expect(await readText(repository, commit)).toBe('tag: "2"\n');
      await gitText(directory, 'fsck', '--strict');
    });

    test('keeps bytes and modes', async () => {
      const { repository, directory, first } = await seed(getHost, {
        'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
        link: { mode: '120000', content: 'run.sh' },
        'plain.yaml': 'a',
      });
      const content = Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from('tag: é\r\n'), 0, 255]);
      await repository.push({
        branch: 'main',
        base: first,
        message: 'bytes',
        files: [{ path: 'run.sh', content }],
      });
      expect(await gitBytes(directory, ['cat-file', 'blob', 'main:run.sh'])).toEqual(content);
      const modes = await gitText(directory, 'ls-tree', '--format=%(objectmode) %(path)', 'main');
      expect(modes).toBe('120000 link\n100644 plain.yaml\n100755 run.sh');
    });

    test('several in a row need no reading in between', async () => {
      const { repository, directory, first } = await seed(getHost);
      let base = first;
      for (let tag = 2; tag < 5; tag += 1) ({ commit: base } = await pushTag(repository, base, tag));
      expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('4');
      expect(await readText(repository, base)).toBe('tag: "4"\n');
    });
  });
}
