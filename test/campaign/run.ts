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
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { violations, trace, numbers } = await runCampaign({
  seed: Number(values.seed),
  updates: Number(values.updates),
  branches: Number(values.branches),
  processes: Number(values.processes),
  seconds: Number(values.seconds),
  killEverySeconds: Number(values['kill-every']),
  faultFactor: Number(values.faults),
  restWithinSeconds: Number(values.rest),
  ...(values.scale === 'flex' && { scale: 'flex' }),
  say,
});
for (const [name, value] of numbers) say(`${name.padEnd(40)} ${String(value).padStart(8)}`);
if (values.log !== undefined) await writeFile(values.log, trace.all());
for (const { promise, branch, text, id } of violations) say(`BROKEN ${promise} ${branch} ${text} ${id ?? ''}`);
if (violations.length > 0) say(trace.toString());
say(violations.length === 0 ? 'every promise was kept' : `${violations.length} promises were broken`);
process.exitCode = violations.length === 0 ? 0 : 1;
