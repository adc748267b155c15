import { createHash } from 'node:crypto';
import { z } from 'zod';
import { failureKinds } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import { tagUpdateSchema } from '../model/tag-update.ts';
import { deploymentStates } from '../model/deployment.ts';
import type { PushIntent, Deployment, Mark, MarkChange } from '../model/deployment.ts';
import { knownBuildSchema, knownSourceSchema } from '../model/image-origin.ts';
import { sourceBranchSchema } from '../model/source-branch.ts';
import type { TableRows } from '../storage/table-rows.ts';
import { indexRows, invertedTime } from './index-rows.ts';
import { applicationRows } from './application-rows.ts';
import { progressSchema } from '../model/progress.ts';
import type { DeploymentKey, DeploymentStore, EnvironmentKey, MarkHistory } from './store.ts';

const markRow = 'mark';
const sourcePartition = 'source-branches';
/** Rows of the history begin so and go on with the inverted time: the newest first. */
const markHistoryRow = 'mark-history-';

const stateSchema = z.enum(deploymentStates);
const codeSchema = z.custom<FailureCode>((code) => typeof code === 'string' && code in failureKinds);
const deploymentSchema = z.object({
  update: tagUpdateSchema,
  state: stateSchema,
  states: z.array(z.object({ state: stateSchema, at: z.string() })).readonly(),
  updatedAt: z.string(),
  repository: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pullRequest: z.object({ number: z.number(), url: z.string() }).readonly().exactOptional(),
  previous: z.string().exactOptional(),
  code: codeSchema.exactOptional(),
  reason: z.string().exactOptional(),
  supersededBy: z.string().exactOptional(),
  changes: z.string().exactOptional(),
  diff: z.string().exactOptional(),
  build: knownBuildSchema.readonly().exactOptional(),
  source: knownSourceSchema.readonly().exactOptional(),
  applications: z.array(z.string()).readonly().exactOptional(),
  progress: z.record(z.string(), progressSchema).readonly().exactOptional(),
  warning: z.string().exactOptional(),
  editWarnings: z.array(z.string()).readonly().exactOptional(),
  followed: z.string().exactOptional(),
}) satisfies z.ZodType<Deployment>;
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
 * The store in Azure Table Storage. PartitionKey is the encoded route and environment, RowKey the update's id; a row
 * holds its value as JSON and is written by ETag. Announcements have a partition per repository and branch. Index rows
 * are written before the record that needs them: one may be there without its record, never the other way round.
 */
export function makeTableStore(rows: TableRows): DeploymentStore & MarkHistory {
  const index = async (next: Deployment, before: Deployment | undefined): Promise<void> => {
    await Promise.all(
      [...indexRows(next, before), ...applicationRows(next, before)].map(({ partitionKey, rowKey, entry }) =>
        rows.put(partitionKey, rowKey, entry),
      ),
    );
  };
  return {
    find: ({ id, ...key }) => rows.read(environmentPartition(key), id, deploymentSchema),
    update: ({ id, ...key }, change) =>
      rows.change(environmentPartition(key), id, deploymentSchema, change, async (next, before) => {
        if (next !== 'cleared') await index(next, before);
      }),
    async remove({ id, ...key }) {
      const record = await rows.read(environmentPartition(key), id, deploymentSchema);
      if (!record) return;
      await rows.remove(environmentPartition(key), id);
      await Promise.all(
        indexRows(record, undefined).map(({ partitionKey, rowKey }) => rows.remove(partitionKey, rowKey)),
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
        () => rows.put(partition, historyRow, { at, reason, ...(before && { before }), ...(mark && { after: mark }) }),
      );
      return before;
    },
    markHistory: async (key, limit) => {
      const page = await rows.page(environmentPartition(key), markChangeSchema, { after: markHistoryRow, limit });
      return page.flatMap(({ rowKey, value }) => (rowKey.startsWith(markHistoryRow) ? [value] : []));
    },
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
    updateSourceBranch: (key, change) => rows.change(sourcePartition, hashKey(key), sourceBranchSchema, change),
    removeIntent: ({ id, target }) => rows.remove(targetPartition(target), id),
  };
}

function byTime(a: PushIntent, b: PushIntent): number {
  return a.at < b.at ? -1 : 1;
}

function environmentPartition({ route, environment }: EnvironmentKey | Omit<DeploymentKey, 'id'>): string {
  return boundedKey(`${encodeKey(route)}|${encodeKey(environment)}`);
}

/** The bar in front keeps these partitions apart from those of environments. */
const intentPartitions = '|push|';

function targetPartition(target: string): string {
  return boundedKey(`${intentPartitions}${encodeKey(target)}`);
}

/** Keys may hold no slash, backslash, `#`, `?` or control character; percent signs confuse some clients. */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%', '=');
}

/** A key of Table Storage takes 1 KiB, which is 512 UTF-16 code units. */
const longestKey = 512;

/** A longer key ends with the hash of the whole. Names with non-ASCII letters reach the limit early: each takes up to 12. */
function boundedKey(key: string): string {
  if (key.length <= longestKey) return key;
  return `${key.slice(0, longestKey - 65)}-${hashKey(key)}`;
}

/** For keys that may be longer than the 1 KiB that Table Storage takes. */
function hashKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
