import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskOutcome } from '../devops/pipeline/pipeline.ts';
import type { Loop, Shown } from './loop.ts';
import type { Steps } from './steps.ts';
import { columns, wrap } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

const patienceMs = 45_000;

/** `at`: when it ended, in milliseconds of the monotonic clock. */
type GateOutcome = Pick<TaskOutcome, 'result' | 'problem' | 'log'> & { readonly at: number };

/** The pipeline waits until the deployment has ended, and the app has heard that it knows. */
export async function waitAtGate(loop: Loop, steps: Steps): Promise<GateOutcome> {
  const completed = new AbortController();
  const stopListening = steps.listen(({ name }) => {
    if (name === 'gate-completed' || name === 'gate-lost') completed.abort();
  });
  const patience = sleep(patienceMs, undefined, { ref: false, signal: completed.signal }).catch(() => undefined); // Aborted by a completed gate.
  const { answered, finished } = loop.wait();
  // A task that is refused has failed at once.
  answered.catch(() => completed.abort());
  await patience;
  stopListening();
  const at = performance.now();
  if (completed.signal.aborted) return { ...(await finished), at };
  return { result: 'failed', problem: 'the end of the gate', log: [], at };
}

/**
 * The results for people: the task's own log, the statuses of both commits, the tags of the build.
 *
 * @returns what should be there and is not
 */
export async function showEnd(
  loop: Loop,
  log: readonly string[],
  commit: string,
  settled: () => Promise<void>,
  { line, style }: Terminal,
): Promise<string[]> {
  // The last reports come within the second after the gate: they are printed before the summary.
  const shown = await untilShown(loop, commit);
  await settled();
  line();
  line(`  ${style('bold', 'The pipeline waited at its gate. Its log:')}`);
  for (const text of log) {
    const [time = '', ...words] = text.split(' ');
    const indent = ' '.repeat(time.length + 7);
    const [first = '', ...more] = wrap(words.join(' '), columns - indent.length);
    line(`      ${style('dim', `${time} ${first}`)}`);
    for (const rest of more) line(`${indent}${style('dim', rest)}`);
  }
  line();
  line(`  ${style('bold', 'Azure DevOps shows now:')}`);
  for (const { where, state, text } of shown) {
    const mark = state === 'succeeded' || state === 'tag' ? style('green', '✓') : style('red', '✗');
    line(`  ${mark} ${where.padEnd(24)} ${text}`);
  }
  line();
  return missingIn(shown);
}

/** A gate is completed as soon as its deployment has ended; other results appear within the same second. */
async function untilShown(loop: Loop, commit: string): Promise<readonly Shown[]> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const shown = await loop.shown(commit);
    if (missingIn(shown).length === 0 || performance.now() > giveUpAt) return shown;
    await sleep(50);
  }
}

function missingIn(shown: readonly Shown[]): string[] {
  const places = new Set(shown.flatMap(({ where, state }) => (state === 'succeeded' ? [where] : [])));
  return [
    ...(places.size < 2 ? ['a status on both commits'] : []),
    ...(shown.some(({ state }) => state === 'tag') ? [] : ['a tag on the build']),
  ];
}
