import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportProgress, scanCheckout } from '../../../src/cli/init/scan.ts';

const root = join(import.meta.dirname, '..', 'fixtures', 'folders');

test('a scan that takes long reports how far it has come, a short one writes nothing', async () => {
  const written: string[] = [];
  const progress = reportProgress('/srv/gitops', { stderr: { write: (text) => void written.push(text) } });
  const files = await scanCheckout(root, progress);
  expect(written).toEqual([]);
  expect(await scanCheckout(root, progress, -1)).toEqual(files);
  expect(written.length).toBeGreaterThan(files.length);
  expect(written.slice(0, 2)).toEqual([
    'Reading /srv/gitops: 1 files and folders so far\n',
    'Reading /srv/gitops: 2 files and folders so far\n',
  ]);
  progress(12_345);
  expect(written.at(-1)).toBe('Reading /srv/gitops: 12,345 files and folders so far\n');
});
