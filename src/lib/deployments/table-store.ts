import { createHash } from 'node:crypto';
import { z } from 'zod';
import { failureKinds } from '../failure.ts';
import type { FailureCode } from '../failure.ts';
import { tagUpdateSchema } from '../updates/tag-update.ts';
import type { Announcement, Deployment, Mark } from './deployment.ts';
import { sourceBranchSchema } from './source-branch.ts';
import type { TableRows } from '../azure/table-rows.ts';
import type { DeploymentKey, DeploymentStore, EnvironmentKey } from './store.ts';

const markRow = 'mark';
const sourcePartition = 'source-branches';

const states = [
  'queued',
  'committed',
  'pull-request',
  'syncing',
  'healthy',
  'degraded',
  'failed',
  'superseded',
  'rejected',
  'abandoned',
  'rolled-back',
] as const;
const codeSchema = z.custom<FailureCode>((code) => typeof code === 'string' && code in failureKinds);
const deploymentSchema = z.object({
  update: tagUpdateSchema,
  state: z.enum(states),
  states: z.array(z.object({ state: z.enum(states), at: z.string() })).readonly(),
  repository: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pullRequest: z.object({ number: z.number(), url: z.string() }).readonly().exactOptional(),
  previous: z.string().exactOptional(),
  code: codeSchema.exactOptional(),
  reason: z.string().exactOptional(),
  changes: z.string().exactOptional(),
}) satisfies z.ZodType<Deployment>;
const markSchema = z.object({
  tag: z.string(),
  digest: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pushedAt: z.string(),
  reason: z.string().exactOptional(),
}) satisfies z.ZodType<Mark>;
const announcementSchema = z.object({
  id: z.string(),
  target: z.string(),
  base: z.string(),
  updates: z.array(tagUpdateSchema).readonly(),
  at: z.string(),
}) satisfies z.ZodType<Announcement>;

/**
 * The store in Azure Table Storage. PartitionKey is the encoded route and environment, RowKey the update's id; a row
 * holds its value as JSON and is written by ETag. Announcements have a partition per repository and branch.
 */
export function makeTableStore(rows: TableRows): DeploymentStore {
  return {
    find: ({ id, ...key }) => rows.read(environmentPartition(key), id, deploymentSchema),
    update: ({ id, ...key }, change) => rows.change(environmentPartition(key), id, deploymentSchema, change),
    remove: ({ id, ...key }) => rows.remove(environmentPartition(key), id),
    findMark: (key) => rows.read(environmentPartition(key), markRow, markSchema),
    updateMark: (key, change) => rows.change(environmentPartition(key), markRow, markSchema, change),
    announce: (announcement) =>
      rows.change(targetPartition(announcement.target), announcement.id, announcementSchema, () => announcement),
    announcements: async (target) => {
      const found = await rows.list(targetPartition(target), announcementSchema);
      return found.toSorted((a, b) => (a.at < b.at ? -1 : 1));
    },
    sourceBranches: () => rows.list(sourcePartition, sourceBranchSchema),
    findSourceBranch: (key) => rows.read(sourcePartition, hashKey(key), sourceBranchSchema),
    updateSourceBranch: (key, change) => rows.change(sourcePartition, hashKey(key), sourceBranchSchema, change),
    withdraw: ({ id, target }) => rows.remove(targetPartition(target), id),
  };
}

function environmentPartition({ route, environment }: EnvironmentKey | Omit<DeploymentKey, 'id'>): string {
  return `${encodeKey(route)}|${encodeKey(environment)}`;
}

function targetPartition(target: string): string {
  return `push|${encodeKey(target)}`;
}

/** Keys may hold no slash, backslash, `#`, `?` or control character; percent signs confuse some clients. */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%', '=');
}

/** For keys that may be longer than the 1 KiB that Table Storage takes. */
function hashKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
