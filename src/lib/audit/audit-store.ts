import pLimit from 'p-limit';
import { z } from 'zod';
import { invertedTime } from '../deployments/index-row-key.ts';
import type { Deployment } from '../model/deployment.ts';
import type { TableRows } from '../storage/table-rows.ts';
import { auditEntrySchema } from './audit-entry.ts';
import type { AuditEntry } from './audit-entry.ts';
import { transitionsOf } from './transitions.ts';

/** The bar keeps these partitions apart from those of environments. */
const partition = '|audit';
const writtenPartition = '|audited';
const writtenSchema = z.record(z.string(), z.number());
const rowsPerPage = 500;
/** Rows that one request of a filtered list reads at most. */
const mostRead = 10_000;
const parallel = 16;

export interface AuditFilter {
  readonly route?: string;
  readonly environment?: string;
  readonly deployment?: string;
}

export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  readonly next?: string;
}

/** The trail of transitions and acts. Entries are added, never changed. Every method throws `storage-unavailable`. */
export interface AuditStore {
  /** @param id of the order */
  readonly recordAct: (act: Extract<AuditEntry, { readonly kind: 'act' }>, id: string) => Promise<void>;
  /** Adds the transitions of the records of an hour that are not in the trail yet. May be repeated. */
  readonly recordTransitions: (hour: string, records: readonly Deployment[]) => Promise<void>;
  /** @param range times, `from` included and `to` not */
  readonly list: (
    filter: AuditFilter,
    range: { readonly from: Date; readonly to: Date; readonly after?: string; readonly limit: number },
  ) => Promise<AuditPage>;
  /** Removes entries of before a time, and the notes on hours. @returns the number of entries, at most `limit` */
  readonly removeBefore: (time: Date, limit: number) => Promise<number>;
}

export function makeAuditStore(rows: TableRows): AuditStore {
  return {
    recordAct: (act, id) => rows.put(partition, `${invertedTime(act.at)}-${id}`, act),

    async recordTransitions(hour, records) {
      // Without a readable row each entry is written again, under its key.
      const written = (await rows.read(writtenPartition, hour, writtenSchema, () => undefined)) ?? {};
      const added = records.filter(({ update, states }) => states.length > (written[update.id] ?? 0));
      if (added.length === 0) return;
      await Promise.all(
        added.flatMap((record) =>
          transitionsOf(record)
            .slice(written[record.update.id] ?? 0)
            .map((entry, index) => {
              const number = index + (written[record.update.id] ?? 0);
              return rows.put(partition, `${invertedTime(entry.at)}-${record.update.id}-${number}`, entry);
            }),
        ),
      );
      const counts = Object.fromEntries(added.map(({ update, states }) => [update.id, states.length]));
      await rows.put(writtenPartition, hour, { ...written, ...counts });
    },

    async list(filter, { from, to, after, limit }) {
      const before = invertedTime(new Date(from.getTime() - 1).toISOString());
      const entries: AuditEntry[] = [];
      let last = after ?? invertedTime(new Date(to.getTime() - 1).toISOString());
      for (let read = 0; read < mostRead; read += rowsPerPage) {
        const page = await rows.page(partition, auditEntrySchema, { after: last, before, limit: rowsPerPage });
        for (const { rowKey, value } of page) {
          if (!isWanted(value, filter)) continue;
          if (entries.length === limit) return { entries, next: last };
          entries.push(value);
          last = rowKey;
        }
        if (page.length < rowsPerPage) return { entries };
        last = page.at(-1)?.rowKey ?? last;
      }
      return { entries, next: last };
    },

    async removeBefore(time, limit) {
      const old = await rows.page(partition, z.unknown(), {
        after: invertedTime(new Date(time.getTime() - 1).toISOString()),
        limit,
      });
      const groups = old.map(({ rowKey, etag }) => ({ row: { rowKey, next: 'cleared' as const, etag }, beside: [] }));
      const removed = await rows.writeGroups(partition, groups);
      // A transaction with a row that is already gone removes nothing.
      const left = old.filter((_, index) => removed[index] !== true);
      const atMost = pLimit(parallel);
      await Promise.all(left.map((row) => atMost(() => rows.removeRead(partition, row))));
      await rows.removeUnchanged(writtenPartition, time, limit);
      return old.length;
    },
  };
}

function isWanted(entry: AuditEntry, { route, environment, deployment }: AuditFilter): boolean {
  return (
    (route ?? entry.route) === entry.route &&
    (environment ?? entry.environment) === entry.environment &&
    (deployment ?? entry.deployment) === entry.deployment
  );
}
