import type { Log } from '../model/log.ts';
import type { HoldMessages } from '../storage/held-messages.ts';
import { formerQueues } from '../storage/queues.ts';
import { formerJobs } from './former-queues.ts';
import type { SendWork } from './send-work.ts';
import type { Worker } from './worker.ts';

export interface MoveFormerDeps {
  readonly hold: HoldMessages;
  readonly send: SendWork;
  readonly worker: Pick<Worker, 'runAlone'>;
}

/**
 * Moves the messages of the queues of version 0.1 to the queue `work`: each is sent before it is removed. It runs every
 * minute, because delayed messages become visible later, and workers of version 0.1 and Event Grid can still send some.
 */
export async function moveFormerMessages(log: Log, { hold, send, worker }: MoveFormerDeps): Promise<void> {
  const moves = formerQueues.flatMap((queue) => [
    { name: queue, queue, move: send },
    { name: `${queue}-poison`, queue, move: (job: Parameters<SendWork>[0]) => worker.runAlone(job, log) },
  ]);
  const ends = await Promise.allSettled(
    moves.map(async ({ name, queue, move }) => {
      for (let held = await hold(name); held.length > 0; held = await hold(name)) {
        for (const { text, remove } of held) {
          for (const job of formerJobs(queue, text)) await move(job);
          await remove();
        }
        log('info', 'messages-moved', { queue: name, messages: held.length });
      }
    }),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
