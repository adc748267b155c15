import type { Log } from '../lib/model/log.ts';
import { makeDeploymentIndex } from '../lib/deployments/deployment-index.ts';
import type { DeploymentIndex } from '../lib/deployments/deployment-index.ts';
import { makeMissedPushes } from '../lib/deployments/missed-pushes.ts';
import type { MissedPushes } from '../lib/deployments/missed-pushes.ts';
import type { DeploymentStore, MarkHistory } from '../lib/deployments/store.ts';
import { movedRow } from '../lib/deployments/former/moved-row.ts';
import { makeFormerRecords } from '../lib/deployments/former/former-records.ts';
import type { FormerRecords } from '../lib/deployments/former/former-records.ts';
import { makeTableStore } from '../lib/deployments/table-store.ts';
import { withEffects } from '../lib/effects/effect-jobs.ts';
import { OwnedRecords } from '../lib/effects/owned-records.ts';
import type { BlobStore } from '../lib/storage/blob-store.ts';
import { makeSendMessage, makeStoreMessage } from '../lib/storage/queues.ts';
import type { SendMessage, StoreMessage } from '../lib/storage/queues.ts';
import { InvalidRows } from '../lib/storage/invalid-rows.ts';
import { makeTableRows } from '../lib/storage/table-rows.ts';
import type { TableRows } from '../lib/storage/table-rows.ts';
import { makeDueStore } from '../lib/work/due-store.ts';
import type { DueStore } from '../lib/work/due-store.ts';
import { makeFreezeStore } from '../lib/delivery/windows/freeze-store.ts';
import type { FreezeStore } from '../lib/delivery/windows/freeze-store.ts';
import { makeSendLater } from '../lib/work/send-later.ts';
import type { SendLater } from '../lib/work/send-later.ts';
import { makeSendWork } from '../lib/work/send-work.ts';
import type { SendWork } from '../lib/work/send-work.ts';
import type { Machine } from './machine.ts';
import type { StorageAccount } from './outside.ts';

/** Queues, tables and blobs of the storage account `AzureWebJobsStorage`. */
export interface Stores {
  readonly queueService: StorageAccount['queues'];
  readonly storeMessage: StoreMessage;
  readonly sendMessage: SendMessage;
  readonly send: SendWork;
  readonly due: DueStore;
  readonly freezes: FreezeStore;
  readonly sendLater: SendLater;
  readonly missed: MissedPushes;
  readonly blobs: BlobStore;
  readonly rows: TableRows;
  readonly invalidRows: InvalidRows;
  /** Writes records without queueing their effects. */
  readonly records: DeploymentStore & MarkHistory;
  /** Queues the effects of each record that it changes, unless an invocation of this process owns the record. */
  readonly store: DeploymentStore & MarkHistory;
  readonly index: DeploymentIndex;
  readonly former: FormerRecords;
  readonly owned: OwnedRecords;
}

export function makeStores(storage: StorageAccount, { now, sleep }: Machine, log: Log): Stores {
  const queueService = storage.queues;
  const sendMessage = makeSendMessage(queueService);
  const send = makeSendWork(sendMessage);
  const rows: TableRows = makeTableRows(storage.table, {
    onInvalidRow: (row) => invalidRows.note(row),
    firstRow: () => movedRow(now()),
  });
  const invalidRows = new InvalidRows({ rows, log, now });
  const former = makeFormerRecords(rows);
  const records = makeTableStore(rows, former);
  const owned = new OwnedRecords();
  const store = withEffects(records, { send, sleep, owned });
  const due = makeDueStore(rows);
  return {
    queueService,
    storeMessage: makeStoreMessage(queueService),
    sendMessage,
    send,
    due,
    freezes: makeFreezeStore(rows, now),
    sendLater: makeSendLater({ send, due, now }),
    missed: makeMissedPushes(rows, now),
    owned,
    blobs: storage.blobs,
    rows,
    invalidRows,
    records,
    store,
    index: makeDeploymentIndex(rows, former, now),
    former,
  };
}
