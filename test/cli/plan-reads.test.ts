import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Workspace } from '../../src/cli/plan/workspace.ts';
import { maxFileBytes } from '../../src/lib/edit/yaml/decode.ts';
import { Failure } from '../../src/lib/model/failure.ts';
import type { Environment } from '../../src/lib/routes/route.ts';
import type { OpenedFile } from '../../src/lib/values/inspect.ts';
import { readPaths } from '../../src/lib/values/read-files.ts';
import { addCommit } from '../support/bare-repository.ts';
import { startGitHost } from '../lib/git/git-host.ts';
import type { GitHost } from '../lib/git/git-host.ts';

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 20\n`;
const content = 'image: { tag: v1 }\n';
let host: GitHost;
let checkout = '';
let inApp: ReadonlyMap<string, OpenedFile>;

const paths = [
  'values.yaml',
  'link.yaml',
  'linked/values.yaml',
  'large.yaml',
  'lfs/values.yaml',
  'absent.yaml',
  'a.env',
];

// One state of a repository: as Git holds it, and as a checkout with LFS shows it.
beforeAll(async () => {
  host = await startGitHost();
  const { directory, open } = await host.create();
  const attributes = '*.yaml filter=lfs diff=lfs merge=lfs -text\n';
  const commit = await addCommit(directory, {
    files: {
      'values.yaml': content,
      'link.yaml': { mode: '120000', content: 'values.yaml' },
      linked: { mode: '120000', content: 'folder' },
      'folder/values.yaml': content,
      'lfs/.gitattributes': attributes,
      'lfs/values.yaml': pointer,
      'a.env': 'TAG=v1\n',
    },
  });
  inApp = await readPaths(open(), commit, paths);
  checkout = mkdtempSync(join(tmpdir(), 'tagrelay-checkout-'));
  execFileSync('git', ['init', '--quiet', checkout]);
  for (const folder of ['folder', 'lfs']) mkdirSync(join(checkout, folder));
  for (const file of ['values.yaml', 'folder/values.yaml', 'lfs/values.yaml'])
    writeFileSync(join(checkout, file), content);
  writeFileSync(join(checkout, 'lfs/.gitattributes'), attributes);
  writeFileSync(join(checkout, 'a.env'), 'TAG=v1\n');
  writeFileSync(join(checkout, 'large.yaml'), '#'.repeat(maxFileBytes + 1));
  symlinkSync('values.yaml', join(checkout, 'link.yaml'));
  symlinkSync('folder', join(checkout, 'linked'));
});

afterAll(async () => {
  rmSync(checkout, { recursive: true });
  await host.close();
});

function summary(file: OpenedFile): string {
  if (file instanceof Failure) return `${file.code}: ${file.message}`;
  return file === undefined ? 'absent' : file.text;
}

async function inPlan(path: string): Promise<string> {
  const update = [{ kind: 'helm', file: path }] as unknown as Environment['update'];
  return summary((await new Workspace().open(checkout, { update } as Environment)).get(path));
}

test.each(paths.filter((path) => path !== 'large.yaml'))('`plan` and the app read the same: %s', async (path) => {
  expect(await inPlan(path)).toBe(summary(inApp.get(path)));
});

test.each([
  ['values.yaml', content],
  ['link.yaml', 'not-yaml: link.yaml is not YAML or JSON'],
  ['linked/values.yaml', 'absent'],
  ['large.yaml', 'file-too-large'],
  ['lfs/values.yaml', 'not-yaml: lfs/values.yaml is kept by Git LFS'],
  ['absent.yaml', 'absent'],
  ['a.env', 'not-yaml: a.env is not YAML or JSON'],
])('`plan` reads %s', async (path, expected) => {
  expect(await inPlan(path)).toContain(expected);
});

test('a directory without Git is read too', async () => {
  const [kept, away] = [join(checkout, '.git'), join(checkout, 'git-away')];
  renameSync(kept, away);
  onTestFinished(() => renameSync(away, kept));
  expect(await inPlan('values.yaml')).toBe(content);
});
