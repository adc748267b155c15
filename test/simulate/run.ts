import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

/*
 * npm run simulate -- [--weeks 60] [--seed 1] [--length 6]
 *
 * Simulates worlds of some weeks, one after the other, each with the next seed. Ends with 1 and the timeline where a promise
 * is broken.
 */
const { values } = parseArgs({
  options: {
    weeks: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    length: { type: 'string', default: '6' },
    'keep-going': { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [weeks, length] = [Number(values.weeks), Number(values.length)];
const startedAt = process.hrtime.bigint();
let done = 0;
for (let seed = Number(values.seed); done < weeks; seed += 1) {
  const { week, violations, timelineOf, numbers } = await simulate({ seed, weeks: Math.min(length, weeks - done) });
  done += week;
  const minutes = Number(process.hrtime.bigint() - startedAt) / 60e9;
  const counts = [...numbers].map(([name, count]) => `${name} ${count}`).join(', ');
  say(`seed ${seed}: ${week} weeks (${(done / minutes).toFixed(1)} weeks a minute): ${counts}`);
  for (const violation of violations) {
    const { promise, route, environment, text } = violation;
    say(`BROKEN ${promise}: seed ${seed}, week ${week}, ${route} in ${environment}: ${text}`);
  }
  const [first] = violations;
  if (!first) continue;
  if (!values['keep-going']) for (const line of timelineOf(first)) say(`  ${line}`);
  say(`repeat: npm run simulate -- --seed ${seed} --weeks ${week} --length ${week}`);
  process.exitCode = 1;
  if (!values['keep-going']) break;
}
if (process.exitCode !== 1) say('every promise was kept');
