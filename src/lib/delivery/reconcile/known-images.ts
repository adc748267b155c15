import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TableRows } from '../../storage/table-rows.ts';
import { listRecordImages } from '../../deployments/record-images.ts';
import type { SeenTags } from '../plan/new-tags.ts';

/** An image whose tags are asked for now and then. */
export interface KnownImage extends SeenTags {
  /** `registry/repository`. */
  readonly image: string;
  /** When its registry was last asked, ISO 8601; absent where it never was. */
  readonly askedAt?: string;
}

/** Every method throws a `Failure` `storage-unavailable`. */
export interface KnownImages {
  readonly list: () => Promise<readonly KnownImage[]>;
  readonly put: (known: KnownImage) => Promise<void>;
  readonly remove: (image: string) => Promise<void>;
  /** Images of records, with the time of the first event of the latest record. */
  readonly ofRecords: () => Promise<ReadonlyMap<string, Date>>;
}

const partition = '|reconcile';

const knownImageSchema = z.object({
  image: z.string(),
  since: z.string(),
  seen: z.array(z.string()).readonly(),
  askedAt: z.string().exactOptional(),
}) satisfies z.ZodType<KnownImage>;

export function makeKnownImages(rows: TableRows): KnownImages {
  return {
    list: () => rows.list(partition, knownImageSchema),
    put: (known) => rows.put(partition, rowKey(known.image), known),
    remove: (image) => rows.remove(partition, rowKey(image)),
    ofRecords: () => listRecordImages(rows),
  };
}

/** The name of an image may be longer than a key. */
function rowKey(image: string): string {
  return createHash('sha256').update(image).digest('hex');
}
