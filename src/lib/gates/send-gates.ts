import type { SendWork } from '../work/send-work.ts';

/** Gates of one job: their ids stay well below the 48 KiB of a message. */
const largestJob = 500;

/** Queues the evaluation of gates. */
export async function sendGates(ids: readonly string[], send: SendWork): Promise<void> {
  for (let first = 0; first < ids.length; first += largestJob)
    await send({ kind: 'gates', body: { ids: ids.slice(first, first + largestJob) } });
}
