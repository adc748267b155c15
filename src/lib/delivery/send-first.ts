import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { SendWork } from '../work/send-work.ts';
import { recordFirst } from './record-first.ts';

/**
 * Queues an ordered update, then makes its record for readers. A process that dies in between leaves a message, whose plan
 * makes the record.
 *
 * @throws {Failure} `storage-unavailable`: nothing is queued
 */
export async function sendFirst(
  update: TagUpdate,
  repository: string,
  { send, ...deps }: { readonly store: DeploymentStore; readonly now: Clock; readonly send: SendWork },
): Promise<void> {
  await send({ kind: 'tag-update', body: update });
  try {
    await recordFirst(update, repository, deps);
  } catch (error) {
    // The order is accepted: its plan makes the record, and retries until the store answers.
    if (!(error instanceof Failure)) throw error;
  }
}
