import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../tools/build.ts';
import { git } from '../../local/git.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const megabyte = 1024 * 1024;
let project: string;
/** What `func azure functionapp publish` takes: the project without what `.funcignore` names, as Git reads it. */
let deployed: readonly string[];

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'tagrelay-package-'));
  await mkdir(join(project, 'dist'));
  await writeFile(join(project, 'dist', 'of-an-earlier-build.js'), '');
  await buildApp(join(project, 'dist'));
  for (const file of ['host.json', 'package.json', 'package-lock.json', 'src/main.ts', 'local.settings.sample.json']) {
    await cp(join(root, file), join(project, file));
  }
  for (const file of ['local.settings.json', 'node_modules/zod/index.js', 'test/main.test.ts']) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), '');
  }
  await cp(join(root, '.funcignore'), join(project, '.gitignore'));
  await git(['init', '--quiet'], project);
  deployed = (await git(['ls-files', '--others', '--exclude-standard'], project)).trim().split('\n');
});

afterAll(() => rm(project, { recursive: true, force: true }));

test('the app is deployed, and nothing else', () => {
  expect(deployed).toEqual(expect.arrayContaining(['dist/main.js', 'dist/app.js', 'host.json', 'package.json']));
  expect(
    deployed.filter((file) => !/^(?:dist\/[a-z-]+\.(?:js|js\.map|json)|host\.json|package\.json)$/.test(file)),
  ).toEqual([]);
  expect(deployed.filter((file) => /cli|earlier/.test(file))).toEqual([]);
});

test('what is deployed takes less than 5 MB', async () => {
  const sizes = await Promise.all(deployed.map(async (file) => (await stat(join(project, file))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5 * megabyte);
});

test('what is deployed registers every function while it is loaded, and loads no SDK for it', async () => {
  const app = join(project, 'deployed');
  for (const file of deployed) await cp(join(project, file), join(app, file));
  const script = `
    const names = [];
    const core = {
      version: '4.0.0', hostVersion: '4.0.0', Disposable: class {}, log() {},
      registerFunction({ name }) { names.push(name); },
      registerHook() {}, setProgrammingModel() {}, getProgrammingModel() {},
    };
    const Module = require('node:module');
    const original = Module.prototype.require;
    Module.prototype.require = function (id) { return id === '@azure/functions-core' ? core : original.call(this, id); };
    require('./dist/main.js');
    const files = Object.keys(require.cache).map((file) => require('node:path').basename(file));
    console.log(JSON.stringify({ names, files }));`;
  // With it one function more is registered.
  const env = { PATH: process.env['PATH'], ARGOCD_URL: 'https://argocd.contoso.example', ARGOCD_TOKEN: 'token' };
  const { stdout } = await run('node', ['-e', script], { cwd: app, env });
  const loaded = JSON.parse(stdout) as { readonly names: readonly string[]; readonly files: readonly string[] };
  const source = await readFile(join(root, 'src', 'main.ts'), 'utf8');
  const names = [...source.matchAll(/\bapp\.(?:get|post|timer|storageQueue)\('([^']+)'/g)].flatMap(
    ([, name]) => name ?? [],
  );
  expect(names).toContain('work');
  expect(loaded.names).toEqual(expect.arrayContaining([...names, 'work', 'work-poison', 'clock']));
  expect(loaded.files.toSorted()).toEqual(['app.js', 'main.js']);
});
