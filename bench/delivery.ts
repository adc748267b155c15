import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApp } from '../tools/build.ts';
import { seedServices, serviceName, valuesPath } from '../local/seed/services.ts';
import { commitsAbove, servicesAt, tipOf } from './delivery/gitops-repository.ts';
import { runScript } from './delivery/script.ts';
import { latencyMs, startStage } from './delivery/stage.ts';
import { Table } from './delivery/table.ts';

/*
 * npm run bench -- delivery [--sizes 10,1000,20000] [--burst 1000] [--processes 1,4,8] [--script 1000]
 *
 * The app against the script that teams copy into their pipelines, on one Git host with the same latency for both.
 * `--script` is how many updates of the burst the script makes; its time for the whole burst is worked out from that.
 * Goals: three round trips a commit; 20,000 files at most 1.1 × 10 files; the burst 20 × faster than the script and in at
 * most 40 commits with one process, nothing lost with any; under 250 MB of memory.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    sizes: { type: 'string', default: '10,1000,20000' },
    burst: { type: 'string', default: '1000' },
    processes: { type: 'string', default: '1,4,8' },
    script: { type: 'string', default: '1000' },
  },
});
const numbers = (text: string): number[] => (text === '' ? [] : text.split(',').map(Number));
const rounds = 7;
const scriptsAtOnce = 8;
const webhooksAtOnce = 32;
const megabyte = 1024 * 1024;

await buildApp(join(import.meta.dirname, '..', 'dist'));
process.stdout.write(`${latencyMs} ms of latency on every request of the Git host\n\n`);
await inFolder(benchOne);
await inFolder(benchBurst);

async function inFolder(bench: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-bench-'));
  try {
    await bench(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One update at a time. */
async function benchOne(folder: string): Promise<void> {
  const table = new Table([
    'files',
    'from process start',
    'first (cold)',
    'warm',
    'of it delivery',
    'requests',
    'script',
    'script / warm',
  ]);
  for (const files of numbers(values.sizes)) {
    const bare = join(folder, `${files}.git`);
    await seedServices(bare, files);
    const startedAt = performance.now();
    const stage = await startStage(bare, 1, 'often');
    try {
      const cold = await oneUpdate(stage, 1);
      const fromStart = performance.now() - startedAt;
      const before = stage.devops.requests.length;
      const warm = [];
      for (let round = 2; round < rounds + 2; round += 1) warm.push(await oneUpdate(stage, round));
      const requests = deliveryOf(stage.devops.requests.slice(before)).length / rounds;
      const scripts = [];
      for (let round = 0; round < 3; round += 1) {
        scripts.push((await runScript(stage.gitUrl, valuesPath(round), `${100 + round}`)).seconds * 1000);
      }
      const whole = median(warm.map(({ ms }) => ms));
      table.add([
        String(files),
        milliseconds(fromStart),
        milliseconds(cold.ms),
        milliseconds(whole),
        milliseconds(median(warm.map(({ delivery }) => delivery))),
        requests.toFixed(1),
        milliseconds(median(scripts)),
        `${(median(scripts) / whole).toFixed(1)} ×`,
      ]);
    } finally {
      await stage.close();
    }
  }
  table.print();
}

/** From the webhook to its end, and the delivery alone, in milliseconds. */
async function oneUpdate(
  stage: Awaited<ReturnType<typeof startStage>>,
  tag: number,
): Promise<{ readonly ms: number; readonly delivery: number }> {
  const startedAt = performance.now();
  const ended = stage.ended(1);
  await stage.push(serviceName(5), String(tag));
  const [end] = await ended;
  if (end?.event !== 'committed') throw new Error(`the update ended as ${end?.event}`);
  return { ms: performance.now() - startedAt, delivery: end.ms };
}

/** As many pushes at once as there are services, in one repository whose environments are all new. */
async function benchBurst(folder: string): Promise<void> {
  const services = Number(values.burst);
  const scriptUpdates = Math.min(Number(values.script), services);
  const table = new Table([
    `burst of ${services}`,
    'seconds',
    `for ${services}`,
    'faster',
    'commits',
    'requests each',
    'conflicts',
    'sent again',
    'lost',
    'memory',
  ]);
  let tag = 0;
  let script = Number.NaN;
  if (scriptUpdates > 0) {
    tag += 1;
    const bare = await freshRepository();
    const stage = await startStage(bare, 0, 'as deployed');
    const base = await tipOf(bare);
    const startedAt = performance.now();
    let conflicts = 0;
    await atOnce(scriptsAtOnce, scriptUpdates, async (index) => {
      conflicts += (await runScript(stage.gitUrl, valuesPath(index), String(tag))).conflicts;
    });
    const seconds = (performance.now() - startedAt) / 1000;
    script = (seconds / scriptUpdates) * services;
    const held = await servicesAt(bare, String(tag), scriptUpdates);
    table.add([
      `script, ${scriptsAtOnce} at a time, ${scriptUpdates} updates`,
      seconds.toFixed(1),
      script.toFixed(1),
      '1 ×',
      String(await commitsAbove(bare, base)),
      '',
      String(conflicts),
      '',
      String(scriptUpdates - held),
      '',
    ]);
    await stage.close();
  }
  for (const processes of numbers(values.processes)) {
    tag += 1;
    const bare = await freshRepository();
    const stage = await startStage(bare, processes, 'as deployed');
    try {
      const base = await tipOf(bare);
      const before = stage.devops.requests.length;
      const startedAt = performance.now();
      const ended = stage.ended(services);
      await atOnce(webhooksAtOnce, services, (index) => stage.push(serviceName(index), String(tag)));
      const sentAfter = (performance.now() - startedAt) / 1000;
      await ended;
      const seconds = (performance.now() - startedAt) / 1000;
      const requests = deliveryOf(stage.devops.requests.slice(before));
      const pushes = requests.filter(({ resource }) => resource === 'pushes');
      table.add([
        `app, ${processes} ${processes === 1 ? 'process' : 'processes'} (webhooks taken in ${sentAfter.toFixed(1)} s)`,
        seconds.toFixed(1),
        seconds.toFixed(1),
        `${(script / seconds).toFixed(1)} ×`,
        String(await commitsAbove(bare, base)),
        (requests.length / services).toFixed(2),
        String(pushes.filter(({ status }) => status === 409).length),
        [...stage.sentAgain].map(([code, count]) => `${count} ${code}`).join(', '),
        String(services - (await servicesAt(bare, String(tag), services))),
        `${Math.round(stage.peakMemory() / megabyte)} MB`,
      ]);
    } finally {
      await stage.close();
    }
  }
  table.print();

  /** The storage of each stage is empty: on a repository with updates of another stage it would be restored from history. */
  async function freshRepository(): Promise<string> {
    const bare = join(folder, `burst-${tag}.git`);
    await seedServices(bare, services);
    return bare;
  }
}

/** Does the work for every index up to `count`, so many at once. */
async function atOnce(width: number, count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const takeTurns = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: width }, takeTurns));
}

/** The requests that deliver: what is shown of deployments afterwards is posted besides. */
function deliveryOf<T extends { readonly resource?: string | undefined }>(requests: readonly T[]): readonly T[] {
  return requests.filter(({ resource }) => resource !== 'statuses');
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}
