import { setTimeout as sleep } from 'node:timers/promises';
import { Missing } from './missing.ts';
import { pushImage } from './stage.ts';
import type { Stage } from './stage.ts';
import { isEnd } from './steps.ts';
import { tellStory } from './log-story.ts';

const expectedSteps = ['received', 'queued', 'routed'];
/** A pull request waits for a person, and `observe` leaves the commit to another: both are what the routes ask for. */
const successes = ['committed', 'pull-request', 'observed'];
const patienceMs = 45_000;
/** An event that goes to several environments is over when none has begun for this long after the last has ended. */
const quietMs = 150;

/**
 * One push becomes a commit, or a pull request where the routes say so.
 *
 * @param labels those of the image
 * @throws {Missing} when it does not
 */
export async function playOneCommit(stage: Stage, labels: Readonly<Record<string, string>>): Promise<void> {
  const { image, terminal, steps } = stage;
  const { registry, repository, tag } = image;
  const { style } = terminal;
  const story = tellStory(steps, terminal);
  terminal.line(`  ${style('bold', `${registry}/${repository}:${tag}`)} is pushed to the registry:`);
  terminal.line();
  const startedAt = performance.now();
  story.begin();
  const { seen, endedAt } = await pushAndWatch(stage, labels);
  await story.stop();
  terminal.line();
  const missing = expectedSteps.filter((step) => !seen.has(step));
  const success = successes.find((step) => seen.has(step));
  if (!success) missing.push('committed');
  if (missing.length > 0) throw new Missing(missing.join(', '));
  const end = { committed: 'commit', 'pull-request': 'pull request' }[success ?? ''] ?? 'end';
  terminal.line(`  ${style('green', `From push to ${end} in ${Math.round(endedAt - startedAt)} ms.`)}`);
}

/** Pushes the image and gathers the steps until every update that was routed has ended. */
async function pushAndWatch(
  stage: Stage,
  labels: Readonly<Record<string, string>>,
): Promise<{ readonly seen: ReadonlySet<string>; readonly endedAt: number }> {
  const seen = new Set<string>();
  let open = 0;
  let endedAt = performance.now();
  let ended: NodeJS.Timeout | undefined;
  const allEnded = new AbortController();
  const stopListening = stage.steps.listen((step) => {
    seen.add(step.name);
    if (step.name === 'routed') open += 1;
    else if (isEnd(step)) open -= 1;
    else if (step.name !== 'not-taken') return;
    endedAt = step.at;
    clearTimeout(ended);
    if (open <= 0) ended = setTimeout(() => allEnded.abort(), quietMs);
  });
  await pushImage(stage, { labels });
  const signal = AbortSignal.any([allEnded.signal, stage.signal]);
  await sleep(patienceMs, undefined, { signal }).catch(() => undefined); // Aborted: all have ended.
  stopListening();
  stage.signal.throwIfAborted();
  return { seen, endedAt };
}
