import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildApp } from '../tools/build.ts';
import { startCrowdedStage } from './crowding/stage.ts';
import type { CrowdedStage } from './crowding/stage.ts';
import { Table } from './delivery/table.ts';

/*
 * npm run bench -- crowding
 *
 * How long a sync result, the gate that waits for it, and an update of another Git host take in one instance: alone, in a
 * burst of 1,000 pushes, and while a Git host with 300 waiting updates does not answer.
 * Goals: 2 s for the result and the gate in the burst; 3 s for the other host's commit.
 */
const burst = 1000;
const hanging = 300;
const rounds = 8;

await buildApp(join(import.meta.dirname, '..', 'dist'));
const folder = await mkdtemp(join(tmpdir(), 'tagrelay-bench-'));
const table = new Table([
  'in one process',
  'result, median',
  'most',
  'gate, median',
  'most',
  'other host, median',
  'most',
]);
const stage = await startCrowdedStage(folder, { services: burst, probes: rounds * 3 });
try {
  table.add(await measured('alone', stage));

  const sent = stage.pushServices(burst, '1');
  await sleep(1000);
  table.add(await measured(`burst of ${burst}`, stage));
  await sent;
  await stage.delivered(burst);

  stage.hang();
  await stage.pushServices(hanging, '2');
  await sleep(1000);
  table.add(await measured(`${hanging} updates of a Git host that hangs`, stage));
  table.print();
} finally {
  await stage.close();
  await rm(folder, { recursive: true, force: true });
}

/** One probe after the other; the times in milliseconds. */
async function measured(name: string, { probe }: CrowdedStage): Promise<readonly string[]> {
  const results: number[] = [];
  const gates: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const times = await probe();
    results.push(times.result);
    gates.push(times.gate);
    others.push(times.other);
  }
  return [name, ...[results, gates, others].flatMap((times) => [median(times), Math.max(...times)].map(milliseconds))];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
