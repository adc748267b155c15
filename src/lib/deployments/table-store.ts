import { z } from 'zod';
import { tagUpdateSchema } from '../model/tag-update.ts';
import type { PushIntent, Deployment, Mark, MarkChange } from '../model/deployment.ts';
import { sourceBranchSchema } from '../model/source-branch.ts';
import type { TableRows } from '../storage/table-rows.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { boundedKey, encodeKey, hashKey } from '../storage/row-key.ts';
import { environmentPartition } from './environment-partition.ts';
import { makeFormerRecords } from './former/former-records.ts';
import type { FormerRecords } from './former/former-records.ts';
import { invertedTime } from './index-row-key.ts';
import { diffColumn, recordsPartition, replacingRows, rowKeys, rowsBeside, rowsOfRemoved } from './record-rows.ts';
import type { DeploymentStore, MarkHistory } from './store.ts';

const markRow = 'mark';
const sourcePartition = 'source-branches';
/** Rows of the history begin so and go on with the inverted time: the newest first. */
const markHistoryRow = 'mark-history-';
/** Before the rows of the history. */
const noMarkRow = 'mark-absent';
const besideMark = 'mark-';

const markSchema = z.object({
  tag: z.string(),
  digest: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pushedAt: z.string(),
  reason: z.string().exactOptional(),
}) satisfies z.ZodType<Mark>;
const markChangeSchema = z.object({
  at: z.string(),
  reason: z.string(),
  before: markSchema.exactOptional(),
  after: markSchema.exactOptional(),
}) satisfies z.ZodType<MarkChange>;
const intentSchema = z.object({
  id: z.string(),
  target: z.string(),
  base: z.string(),
  updates: z.array(tagUpdateSchema).readonly(),
  at: z.string(),
  by: z.string().exactOptional(),
}) satisfies z.ZodType<PushIntent>;

/**
 * The store in Azure Table Storage; each row holds its value as JSON. One transaction writes a record by its ETag and all
 * its index rows, so neither is ever there without the other. Marks have a partition per route and environment, push
 * intents one per repository and branch.
 */
export function makeTableStore(
  rows: TableRows,
  former: FormerRecords = makeFormerRecords(rows),
): DeploymentStore & MarkHistory {
  return {
    find: async (key) =>
      (await rows.read(recordsPartition, rowKeys.record(key.id), deploymentSchema)) ?? former.find(key),

    async update(key, change, { isNew = false } = {}) {
      let moved: Deployment | undefined;
      let isWritten = false;
      await rows.change(recordsPartition, rowKeys.record(key.id), deploymentSchema, change, {
        isNew,
        columns: diffColumn,
        former: async () => (moved = await former.find(key)),
        beside(next, stored) {
          isWritten = true;
          return next === 'cleared' ? [] : rowsBeside(next, stored);
        },
      });
      if (moved && isWritten) await former.remove(moved);
    },

    replaceListed: (application, changes) =>
      rows.writeGroups(
        recordsPartition,
        changes.map(({ rowKey, etag, listed, next }) =>
          replacingRows(rowKeys.open(application) + rowKey, etag, listed, next),
        ),
      ),

    async remove(key) {
      const old = await former.find(key);
      if (old) await former.remove(old);
      await rows.change(
        recordsPartition,
        rowKeys.record(key.id),
        deploymentSchema,
        (current) => (current ? 'cleared' : undefined),
        { beside: (_, stored) => (stored ? rowsOfRemoved(stored) : []) },
      );
    },

    findMark: (key) => rows.read(environmentPartition(key), markRow, markSchema),
    updateMark: (key, change) => rows.change(environmentPartition(key), markRow, markSchema, change),
    async setMark(key, { id, at, reason, mark }) {
      const partition = environmentPartition(key);
      const historyRow = `${markHistoryRow}${invertedTime(at)}-${id}`;
      let before: Mark | undefined;
      await rows.change(
        partition,
        markRow,
        markSchema,
        (current) => {
          before = current;
          return mark ?? 'cleared';
        },
        {
          // The row of a damaged mark is repaired so.
          replacesDamaged: true,
          before: () =>
            rows.put(partition, historyRow, { at, reason, ...(before && { before }), ...(mark && { after: mark }) }),
        },
      );
      return before;
    },
    markHistory: async (key, limit) => {
      const page = await rows.page(environmentPartition(key), markChangeSchema, { after: markHistoryRow, limit });
      return page.flatMap(({ rowKey, value }) => (rowKey.startsWith(markHistoryRow) ? [value] : []));
    },
    async isMarkKnown(key) {
      // A row of an unknown shape hides no other.
      const range = { prefix: besideMark, limit: 10 };
      return (await rows.page(environmentPartition(key), z.looseObject({ at: z.string() }), range)).length > 0;
    },
    recordNoMark: (key, searched) => rows.put(environmentPartition(key), noMarkRow, searched),
    recordIntent: (intent) => rows.put(targetPartition(intent.target), intent.id, intent),
    intents: async (target) => {
      const found = await rows.list(targetPartition(target), intentSchema);
      return found.toSorted(byTime);
    },
    allIntents: async () => {
      const found = await rows.listBelow(intentPartitions, intentSchema);
      return found.toSorted(byTime);
    },
    sourceBranches: () => rows.list(sourcePartition, sourceBranchSchema),
    findSourceBranch: (key) => rows.read(sourcePartition, hashKey(key), sourceBranchSchema),
    updateSourceBranch: (key, change) =>
      rows.change(sourcePartition, hashKey(key), sourceBranchSchema, change, { replacesDamaged: true }),
    removeIntent: ({ id, target }) => rows.remove(targetPartition(target), id),
  };
}

function byTime(a: PushIntent, b: PushIntent): number {
  return a.at < b.at ? -1 : 1;
}

/** The bar in front keeps these partitions apart from those of environments. */
const intentPartitions = '|push|';

function targetPartition(target: string): string {
  return boundedKey(`${intentPartitions}${encodeKey(target)}`);
}
