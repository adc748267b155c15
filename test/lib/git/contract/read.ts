import { describe, expect, test } from 'vitest';
import { maxFileBytes } from '../../../../src/lib/edit/yaml/decode.ts';
import { addCommit } from '../../../support/bare-repository.ts';
import { readText, seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

export function describeRead(getHost: GetHost): void {
  describe('read', () => {
    const bom = Buffer.from([0xef, 0xbb, 0xbf]);
    const contents: Record<string, Buffer> = {
      'root.yaml': Buffer.from('a: 1\n'),
      'a/b/c/d/deep.yaml': Buffer.from('deep: true\n'),
      'apps/Zürich Süd/Größe 🚀.yaml': Buffer.from('größe: 🚀\n'),
      'apps/with space/%20 #?&+.yaml': Buffer.from('odd: name\n'),
      'crlf.yaml': Buffer.concat([bom, Buffer.from('a: 1\r\nb: 2\r\n')]),
      'utf16.txt': Buffer.from('\uFEFFa: 1', 'utf16le'),
      'binary.bin': Buffer.from([...Array(256).keys(), 0, 13, 10]),
      'empty.yaml': Buffer.alloc(0),
    };

    test('gives the bytes of every file as they are', async () => {
      const { repository, first } = await seed(getHost, contents);
      const files = await repository.read(first, Object.keys(contents));
      expect(new Map([...files].map(([path, bytes]) => [path, Buffer.from(bytes)]))).toEqual(
        new Map(Object.entries(contents)),
      );
    });

    test('leaves out what is not there, and folders', async () => {
      const { repository, first } = await seed(getHost);
      const files = await repository.read(first, [valuesFile, 'no.yaml', 'apps', `${valuesFile}/x`, 'no/no.yaml']);
      expect([...files.keys()]).toEqual([valuesFile]);
    });

    test('a file over the limit is refused by its name, and the others are read', async () => {
      const { repository, directory } = await seed(getHost);
      const large = 'a'.repeat(maxFileBytes + 1);
      const commit = await addCommit(directory, { files: { 'a.yaml': 'a: 1\n', 'large.yaml': large } });
      await expect(repository.read(commit, ['a.yaml', 'large.yaml'])).rejects.toMatchObject({
        code: 'file-too-large',
        place: { file: 'large.yaml' },
      });
      expect([...(await repository.read(commit, ['a.yaml'])).keys()]).toEqual(['a.yaml']);
    });

    test('lists the files below a folder', async () => {
      const { repository, first } = await seed(getHost, contents);
      expect((await repository.list(first, '')).toSorted()).toEqual(Object.keys(contents).toSorted());
      expect(await repository.list(first, 'a/b')).toEqual(['a/b/c/d/deep.yaml']);
      expect(await repository.list(first, 'apps/with space')).toEqual(['apps/with space/%20 #?&+.yaml']);
      expect(await repository.list(first, 'no/folder')).toEqual([]);
      expect(await repository.list(first, 'a/b/c/d/deep.yaml/x')).toEqual([]);
    });

    test('reads the commit, not the branch', async () => {
      const { repository, directory, first } = await seed(getHost);
      const second = await addCommit(directory, { files: { [valuesFile]: 'tag: "2"\n' } });
      expect(await readText(repository, second)).toBe('tag: "2"\n');
      expect(await readText(repository, first)).toBe('tag: "1"\n');
    });
  });
}
