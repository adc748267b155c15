import { applyRetention } from '../src/app/retention.ts';
import { makeAuditStore } from '../src/lib/audit/audit-store.ts';
import type { Log } from '../src/lib/model/log.ts';
import { makeDeploymentIndex } from '../src/lib/deployments/deployment-index.ts';
import { makeTableStore } from '../src/lib/deployments/table-store.ts';
import { makeTableRows } from '../src/lib/storage/table-rows.ts';
import { Table } from './delivery/table.ts';
import { recordOf } from './support/many-records.ts';
import { startRecordsTable } from './support/records-table.ts';

/*
 * npm run bench -- retention
 *
 * The hourly run that removes what is older than RETENTION. Goal: 24 runs remove the records that a day adds, 10,000, and their
 * entries in the trail.
 */
const perDay = 10_000;
/** Records of each of two hours, one for each environment; the first hour is older than the retention. */
const hourly = 2_000;
const retentionDays = 400;
const runs = 1;
const dayMs = 24 * 60 * 60_000;

const records = Array.from({ length: 2 * hourly }, (_, n) => recordOf(n, 2 * hourly, 3_600_000 / hourly));
const old = records.slice(0, hourly);
const storage = await startRecordsTable(records);
try {
  const rows = makeTableRows(storage.settings);
  const audit = makeAuditStore(rows);
  await audit.recordTransitions('hour', old);
  const perRecord = old.reduce((sum, { states }) => sum + states.length, 0) / old.length;
  const end = Date.parse(records[hourly]?.update.pushedAt ?? '');
  const stores = { rows, records: makeTableStore(rows), index: makeDeploymentIndex(rows) };
  const table = new Table(['run', 'parts', 'records', 'entries of the trail', 'storage calls', 'elapsed', 'processor']);
  for (let run = 1; run <= runs; run += 1) {
    let parts = 0;
    const [started, used, calls] = [performance.now(), process.cpuUsage(), storage.requests()];
    const removed = { records: 0, trail: 0 };
    const note: Log = (_level, _event, { records: gone, trail } = {}) => {
      removed.records += Number(gone);
      removed.trail += Number(trail);
    };
    const now = (): Date => new Date(end + retentionDays * dayMs + performance.now() - started);
    // A run that its time limit ends goes on in the next minute.
    for (let isUnfinished = true; isUnfinished && removed.records * 24 < perDay; parts += 1)
      isUnfinished = (await applyRetention(note, retentionDays, { stores, now })) === 'unfinished';
    const { user, system } = process.cpuUsage(used);
    const cells = [run, parts, removed.records, removed.trail, storage.requests() - calls].map(String);
    table.add([...cells, seconds(performance.now() - started), seconds((user + system) / 1_000)]);
    if (removed.records * 24 < perDay) throw new Error('records: fewer are removed a day than are made');
    const entries = perDay * perRecord;
    if (run === 1 && removed.trail < Math.min(entries / 24, perRecord * hourly)) throw new Error('the trail grows');
  }
  table.print();
} finally {
  await storage.close();
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
