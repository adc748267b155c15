import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

/*
 * npm run simulate -- [--weeks 60] [--seed 1] [--length 6] [--processes 1] [--keep-going]
 *
 * Simulates worlds of some weeks, one after the other, each with the next seed. Ends with 1 and the timeline where a promise
 * is broken. Each process takes its share of the seeds.
 */
const { values } = parseArgs({
  options: {
    weeks: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    length: { type: 'string', default: '6' },
    processes: { type: 'string', default: '1' },
    /** From a seed to the next one: the number of processes. */
    step: { type: 'string', default: '1' },
    'keep-going': { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [weeks, length, first, step, processes] = (['weeks', 'length', 'seed', 'step', 'processes'] as const).map(
  (name) => Number(values[name]),
) as [number, number, number, number, number];

process.exitCode = processes > 1 ? await runProcesses() : await runSeeds();
if (process.exitCode === 0 && step === 1) say('every promise was kept');

/** @returns the exit code */
async function runProcesses(): Promise<number> {
  const share = String(Math.ceil(weeks / processes));
  const of = ['--weeks', share, '--length', String(length), '--step', String(processes)];
  const more = values['keep-going'] ? ['--keep-going'] : [];
  const [, script = ''] = process.argv;
  const children = Array.from({ length: processes }, (_, index) =>
    spawn(process.execPath, [...process.execArgv, script, ...of, '--seed', String(first + index), ...more], {
      stdio: 'inherit',
    }),
  );
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  return ends.every(([code]) => code === 0) ? 0 : 1;
}

/** @returns the exit code */
async function runSeeds(): Promise<number> {
  const startedAt = process.hrtime.bigint();
  let code = 0;
  const total = new Map<string, number>();
  let done = 0;
  for (let seed = first; done < weeks; seed += step) {
    const { week, violations, timelineOf, numbers } = await simulate({ seed, weeks: Math.min(length, weeks - done) });
    done += week;
    const minutes = Number(process.hrtime.bigint() - startedAt) / 60e9;
    say(`seed ${seed}: ${week} weeks (${(done / minutes).toFixed(1)} weeks a minute)`);
    for (const [name, count] of numbers) total.set(name, (total.get(name) ?? 0) + count);
    for (const { promise, route, environment, text } of violations) {
      say(`BROKEN ${promise}: seed ${seed}, week ${week}, ${route} in ${environment}: ${text}`);
    }
    const [violation] = violations;
    if (!violation) continue;
    code = 1;
    if (!values['keep-going']) for (const line of timelineOf(violation)) say(`  ${line}`);
    say(`repeat: npm run simulate -- --seed ${seed} --weeks ${week} --length ${week}`);
    if (!values['keep-going']) break;
  }
  for (const [name, count] of [...total].toSorted(([a], [b]) => a.localeCompare(b)))
    say(`${String(count).padStart(7)} ${name}`);
  return code;
}
