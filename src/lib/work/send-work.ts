import { queueNames } from '../storage/queues.ts';
import type { SendMessage, SendOptions } from '../storage/queues.ts';
import { envelopeOf } from './envelope.ts';
import type { Job } from './envelope.ts';

/**
 * Puts a job into the queue `work`.
 *
 * @throws {Failure} `storage-unavailable`
 */
export type SendWork = (job: Job, options?: SendOptions) => Promise<void>;

export function makeSendWork(send: SendMessage): SendWork {
  return (job, options) => send(queueNames.work, envelopeOf(job), options);
}
