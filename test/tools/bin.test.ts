import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
let checkout: string;

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'tagrelay-bin-'));
  await cp(join(root, 'bin'), join(checkout, 'bin'), { recursive: true });
  await writeFile(join(checkout, 'package.json'), '{ "type": "module" }\n');
});

afterAll(() => rm(checkout, { recursive: true, force: true }));

function run(...words: string[]): Promise<{ code: number | string | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(checkout, 'bin/tagrelay.cjs'), ...words], (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr }),
    );
  });
}

test('before a build, the command prints in one line which commands to run', async () => {
  expect(await run('check', 'routes.yaml')).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^[^\n]*npm ci && npm run build[^\n]*\n$/),
  });
});

test('after a build, the command runs the bundle with its arguments', async () => {
  await mkdir(join(checkout, 'dist'));
  await writeFile(join(checkout, 'dist/package.json'), '{ "type": "commonjs" }\n');
  await writeFile(join(checkout, 'dist/cli.js'), 'console.log(process.argv.slice(2).join(" "));\n');
  expect(await run('check', 'routes.yaml')).toEqual({ code: 0, stdout: 'check routes.yaml\n', stderr: '' });
});
