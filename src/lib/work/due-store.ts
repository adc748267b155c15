import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { boundedKey, encodeKey } from '../storage/row-key.ts';
import type { TableRows } from '../storage/table-rows.ts';
import { workKinds } from './envelope.ts';
import type { Job } from './envelope.ts';

/** A job that waits for a time. */
export interface DueJob {
  /** One job of a key waits at a time. */
  readonly key: string;
  /** ISO 8601. */
  readonly at: string;
  readonly job: Job;
}

/** Jobs that wait longer than minutes, in the partition `due`. Every method throws `storage-unavailable`. */
export interface DueStore {
  /** Writes a job before the message that it follows from is completed. It replaces the job of its key. */
  readonly arm: (due: DueJob) => Promise<ArmedJob>;
  readonly list: () => Promise<readonly ArmedJob[]>;
  /** Removes a job that was sent or has no use any more, unless its key was armed again meanwhile. */
  readonly remove: (armed: ArmedJob) => Promise<void>;
}

export interface ArmedJob extends DueJob {
  /** Differs each time that the key is armed. */
  readonly armed: string;
}

/** The bar keeps this partition apart from those of environments. */
const partition = '|due';

const schema = z.object({
  key: z.string(),
  at: z.string(),
  job: z.object({ kind: z.enum(workKinds), body: z.unknown() }),
  armed: z.string(),
});

export function makeDueStore(rows: TableRows): DueStore {
  return {
    async arm(due) {
      const armed = { ...due, armed: randomUUID() };
      await rows.put(partition, rowKey(due.key), armed);
      return armed;
    },
    list: () => rows.list(partition, schema),
    remove: ({ key, armed }) =>
      rows.change(partition, rowKey(key), schema, (current) => (current?.armed === armed ? 'cleared' : undefined)),
  };
}

function rowKey(key: string): string {
  return boundedKey(encodeKey(key));
}
