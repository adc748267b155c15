import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';

/** The last post of one status or build tag on a target. */
export interface Posted {
  /** The context of the status, or the environment of the build tag. */
  readonly name: string;
  /** The posted content as text to compare. */
  readonly value: string;
  /** False until the answer arrived. */
  readonly done: boolean;
}

/** Stores posts, so that repeats post nothing. Every method throws `storage-unavailable`. */
export interface PostedStore {
  readonly list: (target: string) => Promise<readonly Posted[]>;
  readonly put: (target: string, posted: Posted) => Promise<void>;
}

const postedSchema = z.object({ name: z.string(), value: z.string(), done: z.boolean() }) satisfies z.ZodType<Posted>;

export function makePostedStore(rows: Pick<TableRows, 'list' | 'put'>): PostedStore {
  return {
    list: (target) => rows.list(partition(target), postedSchema),
    put: (target, posted) => rows.put(partition(target), hash(posted.name), posted),
  };
}

/** The bar in front keeps these partitions apart from those of environments. */
export const postedPartitions = '|posted|';

function partition(target: string): string {
  return `${postedPartitions}${hash(target)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
