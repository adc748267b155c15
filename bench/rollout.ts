import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildApp } from '../tools/build.ts';
import { Table } from './delivery/table.ts';
import { compareMs, comparisons, podsMs, startRollout } from './rollout/stage.ts';
import type { Rollout, Way } from './rollout/stage.ts';

/*
 * npm run bench -- rollout [--applications 1,50,800] [--rounds 5] [--poll 120]
 *
 * From the webhook of a pushed image until its application is Synced and Healthy with it: where Argo CD polls, where the
 * repository's service hook refreshes all its applications, and where tagrelay refreshes the application of the commit.
 * Each has an app, a Git host and an Argo CD of its own, in real time; polls and hook, which take minutes, run side by side.
 * `--poll` is the shortest time between two polls of an application in seconds; up to half of it is added at random, as
 * Argo CD does. With another value than 120 the polls are not those of Argo CD.
 * Goals: with tagrelay's refresh 5 s at 800 applications; as many refreshes for a commit as applications it concerns.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    applications: { type: 'string', default: '1,50,800' },
    rounds: { type: 'string', default: '5' },
    poll: { type: 'string', default: '120' },
  },
});
const rounds = Number(values.rounds);
const pollMs = Number(values.poll) * 1000;
const argoCdPollSeconds = '120';

interface Measured {
  readonly times: readonly number[];
  readonly commits: number;
  readonly refreshes: number;
}

await buildApp(join(import.meta.dirname, '..', 'dist'));
const scaled = values.poll === argoCdPollSeconds ? '' : ` (Argo CD: ${argoCdPollSeconds} s; this run is scaled)`;
process.stdout.write(
  `polls every ${values.poll} s and up to half of it more${scaled}; a comparison takes ${compareMs} ms, ${comparisons} at ` +
    `a time; pods are ready after ${podsMs} ms; each commit concerns one application\n` +
    `load average before the start: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores\n\n`,
);
const table = new Table([
  'applications',
  'polls: median',
  'most',
  'service hook: median',
  'most',
  'refreshes a commit',
  'tagrelay: median',
  'most',
  'refreshes a commit',
  'polls / tagrelay',
  'hook / tagrelay',
]);
for (const text of values.applications.split(',')) table.add(await rowFor(Number(text)));
table.print();

async function rowFor(applications: number): Promise<readonly string[]> {
  const refresh = await measure(applications, 'refresh');
  const [polls, hook] = await Promise.all([measure(applications, 'polls'), measure(applications, 'hook')]);
  const [slow, crowded, quick] = [polls, hook, refresh].map(({ times }) => median(times)) as [number, number, number];
  return [
    String(applications),
    ...timesOf(polls),
    ...timesOf(hook),
    (hook.refreshes / hook.commits).toFixed(1),
    ...timesOf(refresh),
    (refresh.refreshes / refresh.commits).toFixed(1),
    `${(slow / quick).toFixed(1)} ×`,
    `${(crowded / quick).toFixed(1)} ×`,
  ];
}

async function measure(applications: number, way: Way): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-bench-'));
  const rollout = await startRollout({ folder, applications, way, pollMs });
  try {
    await rollout.quiet();
    const times = way === 'polls' ? await byPolls(rollout, applications) : await oneByOne(rollout, applications, way);
    return { times, commits: await rollout.commits(), refreshes: rollout.refreshes() };
  } finally {
    await rollout.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The services are spread over the applications, because a hook refreshes these in order. */
async function oneByOne(rollout: Rollout, applications: number, way: Way): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await rollout.run(Math.floor(((round + 0.5) / rounds) * applications), String(round + 1)));
    // The refreshes of one commit do not delay the next one.
    if (way === 'hook') await rollout.quiet();
  }
  return times;
}

/** A push comes at any time between two polls. Pushes of different services wait for their polls at the same time. */
async function byPolls(rollout: Rollout, applications: number): Promise<readonly number[]> {
  const width = Math.min(rounds, applications);
  const lanes = Array.from({ length: width }, async (_, lane) => {
    const times: number[] = [];
    for (let round = lane; round < rounds; round += width) {
      await sleep(Math.random() * pollMs * 1.25);
      times.push(await rollout.run(Math.floor(((lane + 0.5) / width) * applications), String(round + 1)));
    }
    return times;
  });
  return (await Promise.all(lanes)).flat();
}

function timesOf({ times }: Measured): readonly string[] {
  return [median(times), Math.max(...times)].map((ms) => `${(ms / 1000).toFixed(1)} s`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
