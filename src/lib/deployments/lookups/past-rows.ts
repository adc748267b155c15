import { z } from 'zod';
import type { RowGroup } from '../../storage/write-together.ts';

/** Keys of the rows of past records begin so, and go on with the last hash that the row may have. */
export const pastPrefix = 'past|';

/** The keys of records in lists, by the hash of a lookup. */
export const pastSchema = z.object({ records: z.record(z.string(), z.array(z.string()).readonly()) });
export type PastRecords = z.infer<typeof pastSchema>['records'];

export interface PastRow {
  readonly rowKey: string;
  readonly records: PastRecords;
  /** Absent for a row to create. */
  readonly etag?: string;
}

/** A record that a lookup finds, or no longer finds. */
export interface PastEntry {
  readonly hash: string;
  readonly key: string;
  readonly isRemoved?: boolean;
}

/** Entries of a row: about 70 KB. A fuller one is split. */
export const mostEntries = 1_000;
/** Records of one hash: the newest. A row of Table Storage holds 1 MiB. */
export const mostOfOne = 2_000;

/** The row with the entries, the lower part of a full one in rows of its own. */
export function changedRow({ rowKey, records, etag }: PastRow, entries: readonly PastEntry[]): RowGroup {
  const all = new Map(Object.entries(records).map(([hash, keys]) => [hash, new Set(keys)]));
  for (const { hash, key, isRemoved = false } of entries) {
    const keys = all.get(hash) ?? new Set();
    if (isRemoved) keys.delete(key);
    else keys.add(key);
    if (keys.size > 0) all.set(hash, keys);
    else all.delete(hash);
  }
  const parts = splitUp([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const last = parts.pop() ?? [];
  return {
    row: { rowKey, next: valueOf(last), ...(etag !== undefined && { etag }) },
    beside: parts.map((part) => ({ rowKey: `${pastPrefix}${part.at(-1)?.[0] ?? ''}-`, value: valueOf(part) })),
  };
}

/** Whether a row needs no change for an entry. A record that is older than all that its hash may have is left out. */
export function isDone({ records }: PastRow, { hash, key, isRemoved = false }: PastEntry): boolean {
  const keys = records[hash] ?? [];
  const isTooOld = keys.length >= mostOfOne && key > (keys.at(-1) ?? '');
  return isRemoved ? !keys.includes(key) : isTooOld || keys.includes(key);
}

type Hashes = readonly (readonly [string, ReadonlySet<string>])[];

/** Parts of at most half of a full row, if there is more than a full one. All records of a lookup stay together. */
function splitUp(hashes: Hashes): Hashes[] {
  const size = (part: Hashes): number => part.reduce((sum, [, keys]) => sum + keys.size, 0);
  if (size(hashes) <= mostEntries) return [hashes];
  const parts: Hashes[] = [];
  let part: (readonly [string, ReadonlySet<string>])[] = [];
  for (const one of hashes) {
    if (part.length > 0 && size(part) + one[1].size > mostEntries / 2) {
      parts.push(part);
      part = [];
    }
    part.push(one);
  }
  return [...parts, part];
}

function valueOf(hashes: Hashes): z.infer<typeof pastSchema> {
  return {
    records: Object.fromEntries(hashes.map(([hash, keys]) => [hash, [...keys].toSorted().slice(0, mostOfOne)])),
  };
}
