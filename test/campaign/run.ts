import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';

/*
 * npm run campaign -- [--seed 1] [--updates 2000] [--branches 50] [--processes 4] [--seconds 90] [--kill-every 4]
 *     [--faults 1] [--rest 300] [--scale flex] [--log FILE]
 *
 * Ends with 1 and a trace where a promise is broken. A machine that is busy with other work needs more `--seconds`,
 * `--kill-every` and `--rest`: a process has to start between two kills.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    updates: { type: 'string', default: '2000' },
    branches: { type: 'string', default: '50' },
    processes: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '90' },
    'kill-every': { type: 'string', default: '4' },
    faults: { type: 'string', default: '1' },
    rest: { type: 'string', default: '300' },
    scale: { type: 'string' },
    log: { type: 'string' },
  },
});
const { scale } = values;
if (scale !== undefined && scale !== 'flex') refuse('scale', 'flex');

function numberOf(name: Exclude<keyof typeof values, 'scale' | 'log'>): number {
  const number = Number(values[name]);
  return number >= 0 ? number : refuse(name, 'a number of 0 or more');
}

function refuse(name: keyof typeof values, expected: string): never {
  process.stderr.write(`--${name} ${values[name]}: expected ${expected}\n`);
  process.exit(2);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { violations, trace, numbers } = await runCampaign({
  seed: numberOf('seed'),
  updates: numberOf('updates'),
  branches: numberOf('branches'),
  processes: numberOf('processes'),
  seconds: numberOf('seconds'),
  killEverySeconds: numberOf('kill-every'),
  faultFactor: numberOf('faults'),
  restWithinSeconds: numberOf('rest'),
  ...(scale && { scale }),
  say,
});
for (const [name, value] of numbers) say(`${name.padEnd(40)} ${String(value).padStart(8)}`);
if (values.log !== undefined) await writeFile(values.log, trace.all());
for (const { promise, branch, text, id } of violations) say(`BROKEN ${promise} ${branch} ${text} ${id ?? ''}`);
if (violations.length > 0) say(trace.toString());
say(violations.length === 0 ? 'every promise was kept' : `${violations.length} promises were broken`);
process.exitCode = violations.length === 0 ? 0 : 1;
