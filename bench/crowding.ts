import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from '../tools/build.ts';
import { startCrowdedStage } from './crowding/stage.ts';
import type { CrowdedStage } from './crowding/stage.ts';
import { Table } from './delivery/table.ts';

/*
 * npm run bench -- crowding
 *
 * How long a sync result, the gate that waits for it, a gate that is opened for a healthy image, and an update of another Git
 * host take in one instance: alone, in a burst of 1,000 pushes, and while a Git host with 300 waiting updates does not answer.
 * In the burst, results arrive for images that were committed before.
 * Goals: 2 s for the result and the gate in the burst; 6 s for the other host's commit while a host hangs.
 */
const burst = 1000;
const hanging = 300;
const rounds = 8;
/** Between two results in the burst, in milliseconds. */
const betweenMs = 500;

interface Times {
  readonly result: number;
  readonly gate: number;
  readonly opened: number;
  readonly other?: number;
}

await buildApp(join(import.meta.dirname, '..', 'dist'));
const folder = await mkdtemp(join(tmpdir(), 'tagrelay-bench-'));
const table = new Table([
  'in one process',
  'result, median',
  'most',
  'gate, median',
  'most',
  'opened gate, median',
  'most',
  'other host, median',
  'most',
]);
console.log(`load average before the start: ${loadavg()[0]?.toFixed(1)}`);
const stage = await startCrowdedStage(folder, { services: burst, probes: rounds * 3 + 1 });
try {
  add('alone', await oneByOne(stage));

  const prepared = [];
  for (let round = 0; round < rounds; round += 1) prepared.push(await stage.prepare());
  const sent = stage.pushServices(burst, '1');
  await sleep(1000);
  const other = stage.prepare();
  const times: Times[] = [];
  for (const { settle, openAnother } of prepared) {
    const settled = await settle();
    times.push({ ...settled, opened: await openAnother() });
    await sleep(betweenMs);
  }
  const done = stage.count('committed');
  add(`burst of ${burst}, of which ${burst - done} waited at the end`, times);
  await sent;
  await stage.delivered(burst);
  console.log(`in the burst, the update of another host took ${milliseconds((await other).other)}`);

  stage.hang();
  await stage.pushServices(hanging, '2');
  await sleep(1000);
  add(`${hanging} updates of a Git host that hangs`, await oneByOne(stage));
  table.print();
} finally {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
}

/** One probe after the other. */
async function oneByOne({ prepare }: CrowdedStage): Promise<readonly Times[]> {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const { other, settle, openAnother } = await prepare();
    times.push({ other, ...(await settle()), opened: await openAnother() });
  }
  return times;
}

function add(name: string, times: readonly Times[]): void {
  const columns = (['result', 'gate', 'opened', 'other'] as const).map((key) => times.flatMap((one) => one[key] ?? []));
  const cells = columns.flatMap((values) =>
    values.length === 0 ? ['', ''] : [milliseconds(median(values)), milliseconds(Math.max(...values))],
  );
  table.add([name, ...cells]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
