import { onTestFinished } from 'vitest';
import { QueueServiceClient } from '@azure/storage-queue';
import { startHost } from '../../local/host/host.ts';
import { makePoison, makeWork } from '../../src/functions/work.ts';
import { makeDeliverUpdate } from '../../src/lib/delivery/deliver-update.ts';
import { makeSendWork } from '../../src/lib/work/send-work.ts';
import { makeWorker } from '../../src/lib/work/worker.ts';
import type { JobHandlers } from '../../src/lib/work/worker.ts';
import { makeHoldMessages } from '../../src/lib/storage/held-messages.ts';
import { makeQueueService, makeSendMessage, queueNames } from '../../src/lib/storage/queues.ts';
import type { SendMessage } from '../../src/lib/storage/queues.ts';
import { makeDeploymentIndex } from '../../src/lib/deployments/deployment-index.ts';
import type { DeploymentStore } from '../../src/lib/deployments/store.ts';
import { parseLogLine } from '../../src/lib/model/log.ts';
import type { ApplyUpdate } from '../../src/lib/delivery/apply-update.ts';
import type { ReplayDeps } from '../../src/lib/delivery/replay.ts';
import { withApp } from '../local/support/app.ts';
import type { deliveryBench } from './delivery.ts';
import { unbounded } from './unbounded.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../src/lib/work/due-store.ts';

export interface FaultyAppOptions {
  readonly bench: Pick<Awaited<ReturnType<typeof deliveryBench>>, 'connectionString' | 'store'>;
  readonly apply: ApplyUpdate;
  readonly now: () => Date;
  /** May fail, before or after it has sent. */
  readonly send?: (send: SendMessage) => SendMessage;
  readonly store?: DeploymentStore;
}

const hostJson = {
  version: '2.0',
  extensions: {
    queues: { batchSize: 32, maxDequeueCount: 5, visibilityTimeout: '00:00:00', maxPollingInterval: '00:00:00.1' },
  },
};
/** Registers what the test provides: handlers close over its clock and its faults. */
const main = `const { app } = require('@azure/functions');
for (const [queueName, handler] of globalThis.tagrelayWorkers)
  app.storageQueue(queueName, { queueName, connection: 'AzureWebJobsStorage', handler });`;

/**
 * The workers of tag updates on the local host, with the clock and the faults of a test. Delays are left out, so that a
 * day of trying takes seconds.
 */
export async function faultyApp({
  bench,
  apply,
  now,
  send: wrap = (send) => send,
  store = bench.store,
}: FaultyAppOptions) {
  const settings = { AzureWebJobsStorage: bench.connectionString };
  const due = makeDueStore(makeTableRows(settings));
  const service = makeQueueService(settings);
  const sendNow = makeSendMessage(service);
  const send = wrap((queue, message) => sendNow(queue, message));
  const deliver = makeDeliverUpdate({
    missed: { note: () => Promise.resolve() },
    apply,
    store,
    due,
    now,
    withEffects: (_key, _log, work) => work(),
    ...unbounded,
  });
  const worker = makeWorker({
    handlers: () => ({ 'tag-update': deliver }) as unknown as JobHandlers,
    rawKind: () => 'tag-update',
    send,
    now,
    random: () => 0,
  });
  const workers = [
    [queueNames.work, makeWork(worker, () => undefined)],
    [queueNames.poison, makePoison(worker)],
  ];
  const lines: { readonly event: string; readonly fields: Readonly<Record<string, string>> }[] = [];
  const host = await withApp({ 'host.json': JSON.stringify(hostJson), 'main.js': main }, async (root) => {
    Reflect.set(globalThis, 'tagrelayWorkers', workers);
    return startHost({
      root,
      settings,
      port: 0,
      masterKey: 'key',
      leaseSeconds: 2,
      log: (event) => {
        const line = event.type === 'log' ? parseLogLine(event.text) : undefined;
        if (line) lines.push(line);
      },
    });
  });
  onTestFinished(host.close);
  const rows = makeTableRows(settings);
  const replay: ReplayDeps = {
    store,
    index: makeDeploymentIndex(rows),
    send: makeSendWork(send),
    hold: makeHoldMessages(service),
    now,
  };
  const queues = QueueServiceClient.fromConnectionString(bench.connectionString);
  return {
    lines,
    replay,
    /** Sends without faults, as a receiver that has answered. */
    send: makeSendWork(sendNow),
    /** Messages of a queue, whether they can be seen or not. */
    count: async (queue: string): Promise<number> => {
      const client = queues.getQueueClient(queue);
      return (await client.exists()) ? ((await client.getProperties()).approximateMessagesCount ?? 0) : 0;
    },
  };
}
