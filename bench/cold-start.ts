import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { buildApp } from '../tools/build.ts';
import { buildUnbundled } from './cold-start/unbundled.ts';
import { Table } from './delivery/table.ts';

/*
 * npm run bench -- cold-start [--runs 21]
 *
 * From the start of the process to all functions registered, and the peak of its memory: the bundle that is deployed, and
 * the same code as single files with its packages in `node_modules`, by turns. Goal: at most half of the time.
 */
const { values } = parseArgs({ args: process.argv.slice(3), options: { runs: { type: 'string', default: '21' } } });
const run = promisify(execFile);
const megabyte = 1024 * 1024;
const settings = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  ROUTES: `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
routes:
  '{team}/{service}':
    image: contoso.azurecr.io/{team}/{service}
    update: [{ file: 'apps/{team}/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`,
};

interface Start {
  readonly ms: number;
  readonly peakBytes: number;
  readonly functions: number;
}

const folder = await mkdtemp(join(tmpdir(), 'tagrelay-cold-start-'));
try {
  await buildApp(join(folder, 'bundled', 'dist'));
  const child = join(folder, 'child.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'cold-start', 'child.ts')],
    outfile: child,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
  const ways = [
    {
      name: 'unbundled',
      entryPoint: await buildUnbundled(join(folder, 'unbundled')),
      starts: [] as Start[],
    },
    { name: 'bundled', entryPoint: join(folder, 'bundled', 'dist', 'main.js'), starts: [] as Start[] },
  ];
  for (let round = 0; round <= Number(values.runs); round += 1) {
    for (const { entryPoint, starts } of ways) {
      const { stdout } = await run('node', ['--disable-warning=ExperimentalWarning', child, entryPoint], {
        env: { PATH: process.env['PATH'], ...settings },
      });
      // The first round fills the cache of the file system.
      if (round > 0) starts.push(JSON.parse(stdout) as Start);
    }
  }
  const table = new Table([
    '',
    'all functions registered after',
    'fastest',
    'of the unbundled',
    'peak memory',
    'functions',
  ]);
  const unbundled = median(ways[0]?.starts.map(({ ms }) => ms) ?? []);
  for (const { name, starts } of ways) {
    const ms = median(starts.map((start) => start.ms));
    table.add([
      name,
      `${ms.toFixed(0)} ms`,
      `${Math.min(...starts.map((start) => start.ms)).toFixed(0)} ms`,
      `${(ms / unbundled).toFixed(2)} ×`,
      `${Math.round(median(starts.map(({ peakBytes }) => peakBytes)) / megabyte)} MB`,
      String(starts[0]?.functions),
    ]);
  }
  table.print();
} finally {
  await rm(folder, { recursive: true, force: true });
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
