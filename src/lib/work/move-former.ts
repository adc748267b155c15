import { allEnd } from '../async/all-end.ts';
import { atMost } from '../async/at-most.ts';
import { timeLimit } from '../model/clock.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Log } from '../model/log.ts';
import type { HeldMessage, HoldMessages } from '../storage/held-messages.ts';
import { formerQueues } from '../storage/queues.ts';
import type { Job } from './envelope.ts';
import { formerJobs } from './former-queues.ts';
import type { SendWork } from './send-work.ts';
import type { Worker } from './worker.ts';

export interface MoveFormerDeps {
  readonly hold: HoldMessages;
  readonly send: SendWork;
  readonly worker: Pick<Worker, 'runAlone'>;
  readonly now: Clock;
}

const movedAtOnce = 8;
/** The time after which a run moves no other message. */
const longestMs = 30_000;

/**
 * Moves the messages of the queues of version 0.1 to the queue `work`: each is sent before it is removed. It runs every
 * minute, because delayed messages become visible later, and workers of version 0.1 and Event Grid can still send some.
 * One that cannot be moved is logged, stays hidden for a few minutes, and holds up no other.
 *
 * @throws the first error that is not a `Failure`, after the others are moved
 */
export async function moveFormerMessages(log: Log, { hold, send, worker, now }: MoveFormerDeps): Promise<void> {
  const hasTime = timeLimit(longestMs, now);
  const moves = formerQueues.flatMap((queue) => [
    { name: queue, queue, move: (job: Job) => send(job) },
    { name: `${queue}-poison`, queue, move: (job: Job) => worker.runAlone(job, log) },
  ]);
  const bugs: unknown[] = [];
  const runs = moves.map(async ({ name, queue, move }) => {
    const moveOne = async ({ text, remove, release }: HeldMessage): Promise<boolean> => {
      try {
        if (!hasTime()) {
          await release();
          return false;
        }
        for (const job of formerJobs(queue, text)) await move(job);
        await remove();
        return true;
      } catch (error) {
        const code = error instanceof Failure ? error.code : undefined;
        const reason = error instanceof Error ? error.message : String(error);
        log('error', 'message-not-moved', { queue: name, code, reason });
        if (code === undefined) bugs.push(error);
        return false;
      }
    };
    while (hasTime()) {
      const held = await hold(name);
      if (held.length === 0) return;
      const messages = (await atMost(movedAtOnce, held, moveOne)).filter(Boolean).length;
      if (messages > 0) log('info', 'messages-moved', { queue: name, messages });
    }
  });
  await allEnd(runs);
  if (bugs.length > 0) throw bugs[0];
}
