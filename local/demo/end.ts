import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskOutcome } from '../devops/pipeline/pipeline.ts';
import type { Loop, Shown } from './loop.ts';
import type { Steps } from './steps.ts';
import type { Terminal } from '../terminal.ts';

const patienceMs = 45_000;

type GateOutcome = Pick<TaskOutcome, 'result' | 'problem' | 'log'>;

/** The pipeline waits until the deployment has ended, and the app has heard that it knows. */
export async function waitAtGate(loop: Loop, steps: Steps): Promise<GateOutcome> {
  const told = new AbortController();
  const stopListening = steps.listen(({ name }) => {
    if (name === 'gate-completed' || name === 'gate-lost') told.abort();
  });
  const patience = sleep(patienceMs, undefined, { ref: false, signal: told.signal }).catch(() => undefined); // Told.
  const { answered, finished } = loop.wait();
  // A task that is refused has failed at once.
  answered.catch(() => told.abort());
  await patience;
  stopListening();
  if (told.signal.aborted) return finished;
  return { result: 'failed', problem: 'the end of the gate', log: [] };
}

/**
 * What people see: the task's own log, the statuses of both commits, the tags of the build.
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
  line(`  ${style('bold', 'The pipeline has waited at its gate, and its log says:')}`);
  for (const text of log) line(`      ${style('dim', text)}`);
  line();
  const shown = await untilShown(loop, commit);
  await settled();
  line(`  ${style('bold', 'What Azure DevOps shows now:')}`);
  for (const { where, state, text } of shown) {
    const mark = state === 'succeeded' || state === 'tag' ? style('green', '✓') : style('red', '✗');
    line(`  ${mark} ${where.padEnd(24)} ${text}`);
  }
  line();
  return missingIn(shown);
}

/** A gate is told as soon as its deployment has ended; what is shown elsewhere follows in the same second. */
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
