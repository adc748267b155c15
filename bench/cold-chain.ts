import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApp } from '../tools/build.ts';
import { startChain } from './cold-chain/chain.ts';
import type { Chain } from './cold-chain/chain.ts';
import { Table } from './delivery/table.ts';

/*
 * npm run bench -- cold-chain [--before DIR] [--queue NAME] [--rounds 5] [--state warm]
 *
 * The built package as Flex Consumption runs it: each group of functions in a process of its own, everything cold. From an
 * Event Grid event in the queue to the commit, the same from a webhook, and from a notification of Argo CD to the callback
 * of the gate: process starts, milliseconds, storage calls. Then the same with everything warm. `--before` is a built
 * checkout of another commit, whose first queue is `--queue`. `--state` measures one of `cold` and `warm` alone.
 * Goals: 1 start to the commit (2 by webhook), 2 to the gate; warm, at most 0.6 × the storage calls and 0.7 × the time.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    before: { type: 'string' },
    queue: { type: 'string', default: 'registry-events' },
    rounds: { type: 'string', default: '5' },
    state: { type: 'string' },
  },
});
const { before, state } = values;
if (before !== undefined && !existsSync(join(before, 'dist', 'main.js')))
  refuse(`--before ${before}: expected a checkout with \`dist/main.js\`: run \`npm ci\` and \`npm run build\` there`);
if (state !== undefined && state !== 'cold' && state !== 'warm') refuse(`--state ${state}: expected cold or warm`);
if (!(Number(values.rounds) >= 1)) refuse(`--rounds ${values.rounds}: expected a number of 1 or more`);
const here = join(import.meta.dirname, '..');
await buildApp(join(here, 'dist'));
const table = new Table(['', 'starts', 'time, median', 'storage calls, median']);
if (before !== undefined) await measure('before', resolve(before), values.queue);
await measure('now', here, 'work');
table.print();

async function measure(name: string, root: string, queue: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-bench-'));
  const chain = await startChain({ root, queue, folder, rounds: Number(values.rounds) });
  try {
    await row(`${name}: cold, event in the queue → commit`, chain, 'cold', chain.fromEvent);
    await row(`${name}: cold, webhook → commit`, chain, 'cold', chain.fromWebhook);
    await row(`${name}: cold, notification → gate`, chain, 'cold', chain.toGate);
    await row(`${name}: warm, webhook → commit`, chain, 'warm', chain.fromWebhook);
    await row(`${name}: warm, notification → gate`, chain, 'warm', chain.toGate);
  } finally {
    await chain.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function row(name: string, chain: Chain, state: 'cold' | 'warm', run: Chain['toGate']): Promise<void> {
  if (values.state !== undefined && values.state !== state) return;
  const runs = [];
  // The first warm round starts the processes.
  for (let round = state === 'cold' ? 1 : 0; round <= Number(values.rounds); round += 1) {
    if (state === 'cold') await chain.coolDown();
    const measured = await run(state);
    if (round > 0) runs.push(measured);
  }
  table.add([
    name,
    String(Math.max(...runs.map(({ starts }) => starts))),
    `${median(runs.map(({ ms }) => ms)).toFixed(0)} ms`,
    String(median(runs.map(({ calls }) => calls))),
  ]);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}
