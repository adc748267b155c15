import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { skipInvalid } from '../skip-invalid.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { Row, TableRows } from '../../storage/table-rows.ts';
import { deploymentSchema } from '../deployment-schema.ts';
import { environmentPartition } from '../environment-partition.ts';
import { indexRowKey } from '../index-row-key.ts';
import type { DeploymentKey, EnvironmentKey } from '../store.ts';
import { areThereLookups } from '../lookups/former-lookups.ts';
import { readMoved } from './moved-row.ts';
import { indexEntrySchema, indexPartitions, indexRows, openSchema, userSchema } from './index-rows.ts';
import type { IndexEntry } from './index-rows.ts';

/**
 * Records as versions before 0.2 stored them: in a partition per route and environment, with index rows in partitions of
 * their own. They are read until `moveFormerRecords` has moved them.
 */
export interface FormerRecords {
  /** Whether there are any. Checked once a minute until they are moved. */
  readonly exist: () => Promise<boolean>;
  /** Whether there are rows of lookups. Checked as often. */
  readonly haveLookups: () => Promise<boolean>;
  readonly find: (key: DeploymentKey) => Promise<Deployment | undefined>;
  readonly findById: (id: string) => Promise<Deployment | undefined>;
  /** Records of a partition of the index, in the order of their keys, and the key up to which all are known. */
  readonly page: (partition: string, range: FormerRange) => Promise<FormerPage>;
  /** Records that wait for an application. */
  readonly open: (
    application: string,
    range: { readonly after?: string; readonly limit: number },
  ) => Promise<readonly Row<Deployment>[]>;
  readonly drop: (application: string, rowKey: string) => Promise<void>;
  /** At most two routes and environments that had a record for an application. */
  readonly users: (application: string) => Promise<readonly EnvironmentKey[]>;
  /** Removes a record and its index rows. */
  readonly remove: (record: Deployment) => Promise<void>;
}

export interface FormerRange {
  readonly after?: string;
  readonly limit: number;
  /** Which records are read, by what never changes of them. */
  readonly isCandidate: (entry: IndexEntry) => boolean;
  readonly isMatch: (record: Deployment) => boolean;
}

export interface FormerPage {
  readonly rows: readonly Row<Deployment>[];
  /** Absent at the end of the partition. */
  readonly last?: string;
}

/** Index rows of a request: the most that Table Storage returns. */
const rowsPerRequest = 1_000;
/** Index requests and records of a page, so that a rare match takes seconds at most. */
const maxIndexRequests = 20;
const maxRecords = 2_000;
/** Records that are read in parallel. */
const parallelRecords = 100;
const checkedForMs = 60_000;

interface Exist {
  readonly records: boolean;
  readonly lookups: boolean;
}

export function makeFormerRecords(rows: TableRows): FormerRecords {
  const known = new LRUCache<'exist', Promise<Exist>>({ max: 1, ttl: checkedForMs, ttlResolution: 0 });
  let areMoved = false;

  async function ask(): Promise<Exist> {
    areMoved = (await readMoved(rows)) !== undefined;
    if (areMoved) return { records: false, lookups: false };
    const [found, lookups] = await Promise.all([
      rows.page(indexPartitions.byTime, z.unknown(), { limit: 1 }),
      areThereLookups(rows),
    ]);
    return { records: found.length > 0, lookups };
  }

  async function existing(): Promise<Exist> {
    if (areMoved) return { records: false, lookups: false };
    const last = known.get('exist');
    if (last) return last;
    const asked = ask().catch((error: unknown) => {
      known.delete('exist');
      throw error;
    });
    known.set('exist', asked);
    return asked;
  }

  const exist = async (): Promise<boolean> => (await existing()).records;

  async function find({ id, ...key }: DeploymentKey): Promise<Deployment | undefined> {
    return (await exist()) ? rows.read(environmentPartition(key), id, deploymentSchema) : undefined;
  }

  async function page(partition: string, { after, limit, isCandidate, isMatch }: FormerRange): Promise<FormerPage> {
    if (!(await exist())) return { rows: [] };
    const found: Row<Deployment>[] = [];
    let last = after;
    let recordsRead = 0;
    for (let request = 0; request < maxIndexRequests; request += 1) {
      const range = { limit: rowsPerRequest, ...(last !== undefined && { after: last }) };
      const entries = await rows.page(partition, indexEntrySchema, range);
      const candidates = entries.filter(({ value }) => isCandidate(value));
      for (let start = 0; start < candidates.length;) {
        // First only as many records as are missing; more at once while they do not match.
        const chunk = candidates.slice(start, start + Math.min(parallelRecords, Math.max(limit - found.length, start)));
        const records = await Promise.all(chunk.map(({ value }) => skipInvalid(find(value))));
        start += chunk.length;
        recordsRead += chunk.length;
        for (const [index, { rowKey }] of chunk.entries()) {
          last = rowKey;
          const value = records[index];
          // A row with another key is left over.
          if (!value || indexRowKey(value) !== rowKey || !isMatch(value)) continue;
          found.push({ rowKey, value });
          if (found.length === limit) return { rows: found, last: rowKey };
        }
        if (recordsRead >= maxRecords && last !== undefined) return { rows: found, last };
      }
      last = entries.at(-1)?.rowKey ?? last;
      if (entries.length < rowsPerRequest) return { rows: found };
    }
    return { rows: found, ...(last !== undefined && { last }) };
  }

  return {
    exist,
    haveLookups: async () => (await existing()).lookups,
    find,
    page,
    async findById(id) {
      if (!(await exist())) return undefined;
      const entry = await rows.read(indexPartitions.byId(id), id, indexEntrySchema);
      return entry && find(entry);
    },
    async open(application, range) {
      if (!(await exist())) return [];
      const entries = await rows.page(indexPartitions.open(application), openSchema, range);
      const found = await Promise.all(entries.map(({ value }) => skipInvalid(find(value))));
      return entries.flatMap(({ rowKey }, index) => {
        const value = found[index];
        return value ? [{ rowKey, value }] : [];
      });
    },
    async drop(application, rowKey) {
      if (await exist()) await rows.remove(indexPartitions.open(application), rowKey);
    },
    async users(application) {
      if (!(await exist())) return [];
      const found = await rows.page(indexPartitions.users(application), userSchema, { limit: 2 });
      return found.map(({ value }) => value);
    },
    async remove(record) {
      await rows.remove(environmentPartition(record.update), record.update.id);
      const others = indexRows(record);
      await Promise.all(others.slice(0, -1).map(({ partitionKey, rowKey }) => rows.remove(partitionKey, rowKey)));
      const byTime = others.at(-1);
      if (byTime) await rows.remove(byTime.partitionKey, byTime.rowKey);
    },
  };
}
