import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Storage } from '../../local/storage/storage.ts';
import { observer } from './storage-faults.ts';

export interface Patience {
  readonly restWithinSeconds: number;
  readonly say: (line: string) => void;
}

/** How often the number of waiting messages is printed. */
const progressMs = 15_000;

/** Waits until the queues hold no more messages than that; what is left where it takes too long. */
export async function comeToRest(
  storage: Storage,
  { restWithinSeconds, say }: Patience,
  messages = 0,
): Promise<readonly string[]> {
  const service = QueueServiceClient.fromConnectionString(storage.connectionString, {
    userAgentOptions: { userAgentPrefix: observer },
  });
  const patience = performance.now() + restWithinSeconds * 1000;
  let nextProgressAt = performance.now() + progressMs;
  for (;;) {
    const left: string[] = [];
    let count = 0;
    for await (const { name } of service.listQueues()) {
      const { approximateMessagesCount = 0 } = await service.getQueueClient(name).getProperties();
      count += approximateMessagesCount;
      if (approximateMessagesCount > 0) left.push(`${approximateMessagesCount} messages are left in ${name}`);
    }
    if (count <= messages || performance.now() > patience) return left;
    if (performance.now() > nextProgressAt) {
      nextProgressAt += progressMs;
      say(`${left.join(', ')}; waiting for at most ${messages}`);
    }
    await sleep(100);
  }
}
