import { rm, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { buildIfChanged } from '../../tools/build-if-changed.ts';
import { root, temporaryFolder } from '../support/platform.ts';

let out: string;
let input: string;
let builds: number;

/** Compiles the input, and names it as esbuild does. */
async function build(folder: string): Promise<readonly string[]> {
  builds += 1;
  await writeFile(join(folder, 'app.js'), `${builds}`);
  return [relative(root, input)];
}

async function writeInput(text: string, at = new Date('2026-11-20T10:00:00Z')): Promise<void> {
  await writeFile(input, text);
  await utimes(input, at, at);
}

beforeEach(async () => {
  out = await temporaryFolder();
  input = join(await temporaryFolder(), 'main.ts');
  builds = 0;
  await writeInput('1');
});

test('builds once while nothing changes', async () => {
  expect(await buildIfChanged(out, build)).toBe(true);
  expect(await buildIfChanged(out, build)).toBe(false);
  expect(builds).toBe(1);
});

test.each([
  ['another size', () => writeInput('22')],
  ['another time', () => writeInput('2', new Date('2026-11-20T10:00:01Z'))],
  ['an input that is gone', () => rm(input)],
])('%s: builds again', async (_name, change) => {
  await buildIfChanged(out, build);
  await change();
  expect(await buildIfChanged(out, build)).toBe(true);
});

test('an output that is gone, or written by another build: builds again', async () => {
  await buildIfChanged(out, build);
  await rm(join(out, 'app.js'));
  expect(await buildIfChanged(out, build)).toBe(true);
  await writeFile(join(out, 'app.js'), 'of another build');
  expect(await buildIfChanged(out, build)).toBe(true);
  expect(await buildIfChanged(out, build)).toBe(false);
});

test('an input that changes during the build, or a build that fails: builds again', async () => {
  await buildIfChanged(out, async (folder) => {
    const inputs = await build(folder);
    await writeInput('2', new Date());
    return inputs;
  });
  expect(await buildIfChanged(out, build)).toBe(true);
  await writeInput('3');
  await expect(buildIfChanged(out, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await buildIfChanged(out, build)).toBe(true);
});
