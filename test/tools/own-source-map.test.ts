import { build } from 'esbuild';
import { SourceMap } from 'node:module';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownSourceMap } from '../../tools/own-source-map.ts';

test('own code keeps its places, and packages have none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-map-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'node_modules/pack'), { recursive: true });
  await writeFile(join(folder, 'node_modules/pack/index.js'), 'export function\n  packed() { return [1,\n 2]; }\n');
  await writeFile(
    join(folder, 'own.js'),
    "import { packed } from 'pack';\n\nconsole.log('first', packed());\nconsole.log('last');\n",
  );
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['own.js'],
    outdir: folder,
    bundle: true,
    write: false,
    sourcemap: true,
    minifyWhitespace: true,
  });
  const [map = '', code = ''] = ['.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))?.text);
  const [before, after] = [map, ownSourceMap(map)].map((text) => new SourceMap(JSON.parse(text)));
  const lines = code.split('\n');
  const placeOf = (text: string, of: SourceMap | undefined) => {
    const line = lines.findIndex((one) => one.includes(text));
    return of?.findEntry(line, lines[line]?.indexOf(text) ?? -1);
  };
  for (const text of ['"first"', '"last"']) {
    expect(placeOf(text, after)).toMatchObject({ originalSource: 'own.js' });
    expect(placeOf(text, after)).toEqual(placeOf(text, before));
  }
  expect(placeOf('return', before)).toMatchObject({ originalSource: 'node_modules/pack/index.js' });
  expect(placeOf('return', after)).not.toHaveProperty('originalSource', 'node_modules/pack/index.js');
});
