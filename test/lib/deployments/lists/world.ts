import { makeDeploymentIndex } from '../../../../src/lib/deployments/deployment-index.ts';
import type { DeploymentFilter } from '../../../../src/lib/deployments/deployment-index.ts';
import { makeFormerRecords } from '../../../../src/lib/deployments/former/former-records.ts';
import { movedRow } from '../../../../src/lib/deployments/former/moved-row.ts';
import { listRecords } from '../../../../src/lib/deployments/lists/list-records.ts';
import { foldLookups } from '../../../../src/lib/deployments/lookups/fold-lookups.ts';
import { recordsPartition, rowKeys, rowsBeside } from '../../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../../src/lib/model/deployment.ts';
import { imageName } from '../../../../src/lib/model/image-reference.ts';
import { toProperties } from '../../../../src/lib/storage/stored-value.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import type { RowWrite } from '../../../../src/lib/storage/write-together.ts';
import { MemoryTable } from '../../../support/memory/memory-table.ts';
import { atOnce } from '../../../support/memory/turn.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const start = Date.parse('2026-11-01T10:00:00Z');

const hex = (n: number, length: number): string => n.toString(16).padStart(length, '0');
const nothing = (): Promise<void> => Promise.resolve();

interface Given {
  readonly route: string;
  readonly environment: string;
  readonly tag?: string;
  readonly state?: DeploymentState;
  readonly at: number;
}

/** A record; one that is not queued has a commit. */
export function recordOf(n: number, { route, environment, tag = String(n), state = 'healthy', at }: Given): Deployment {
  const image = { registry: 'contoso.azurecr.io', repository: `shop/${route}`, tag };
  const pushedAt = new Date(at).toISOString();
  const update = { id: hex(n, 32), route, environment, image, pushedAt, cause: { kind: 'push' as const } };
  const record = queued(update, '', new Date(at));
  return state === 'queued' ? record : moveTo(record, state, { commit: hex(n, 40) }, new Date(at + 1_000));
}

/** Table storage in memory, and a clock. */
export function makeWorld() {
  let now = start;
  const table = new MemoryTable(() => new Date(now));
  let requests = 0;
  let beforeWrite = nothing;
  const client = table.client(async (name, act) => {
    requests += 1;
    if (name.startsWith('transaction')) {
      const first = beforeWrite;
      beforeWrite = nothing;
      await first();
    }
    return atOnce(name, act);
  });
  const rows = makeTableRows(() => Promise.resolve(client));
  const former = makeFormerRecords(rows);
  const clock = () => new Date(now);
  const index = makeDeploymentIndex(rows, former, clock);
  const logged: string[] = [];
  const log = (_level: string, event: string): void => void logged.push(event);
  const { partitionKey, rowKey, value } = movedRow(new Date(start));
  table.insert([{ partitionKey, rowKey, ...toProperties(value) }]);
  return {
    table,
    rows,
    index,
    store: makeTableStore(rows, former),
    logged,
    clock,
    pass: (ms: number) => (now += ms),
    fold: () => foldLookups(log, { rows, now: clock }),
    listRecords: () => listRecords(log, { rows, now: clock }),
    beforeNextWrite: (act: typeof beforeWrite) => (beforeWrite = act),
    /** @param rowsOf the rows beside a record, as a version wrote them */
    seed: (records: readonly Deployment[], rowsOf = rowsBeside) => {
      const all = new Map<string, RowWrite>();
      for (const record of records) {
        const own = { rowKey: rowKeys.record(record.update.id), value: record };
        for (const row of [own, ...rowsOf(record, undefined)]) all.set(row.rowKey, row);
      }
      table.insert(
        [...all.values()].map(({ rowKey: key, value: one = {}, columns }) =>
          Object.assign({ partitionKey: recordsPartition, rowKey: key }, toProperties(one, columns)),
        ),
      );
    },
    kinds: () => {
      const counts: Record<string, number> = {};
      for (const entity of table.entities(recordsPartition)) {
        const kind = String(entity['rowKey']).split('|')[0] ?? '';
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      return counts;
    },
    /** The records of all pages, and the cost of the first one. */
    async listAll(filter: DeploymentFilter, { limit = 50, pages = Infinity } = {}) {
      const found: Deployment[] = [];
      const cost = { requests: 0, rowsPassed: 0, size: 0 };
      for (
        let after: string | undefined, count = 0;
        count < pages && (count === 0 || after !== undefined);
        count += 1
      ) {
        requests = 0;
        table.rowsPassed = 0;
        const page = await index.list(filter, { limit, ...(after !== undefined && { after }) });
        found.push(...page.deployments);
        if (count === 0) Object.assign(cost, { requests, rowsPassed: table.rowsPassed, size: page.deployments.length });
        after = page.next;
      }
      return { found, cost };
    },
  };
}

export type World = ReturnType<typeof makeWorld>;

/** Whether a record has the values of a filter. */
export function hasValues({ update, state }: Deployment, filter: DeploymentFilter): boolean {
  const { route, environment, image } = update;
  const shown: DeploymentFilter = { route, environment, image: imageName(image), tag: image.tag, state };
  return Object.entries(filter).every(([name, value]) => shown[name as keyof DeploymentFilter] === value);
}
