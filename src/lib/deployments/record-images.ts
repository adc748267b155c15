import { z } from 'zod';
import type { TableRows } from '../storage/table-rows.ts';
import { hashOf } from './index-row-key.ts';
import { recordsPartition, rowKeys } from './record-rows.ts';

const imageSchema = z.object({ image: z.string(), at: z.string() });
const maxImages = 10_000;

/** The images of all records, with the time of the first event of the latest record. */
export async function listRecordImages(rows: Pick<TableRows, 'page'>): Promise<ReadonlyMap<string, Date>> {
  const range = { prefix: rowKeys.images, limit: maxImages };
  const found = await rows.page(recordsPartition, imageSchema, range);
  return new Map(found.map(({ value: { image, at } }) => [image, new Date(at)]));
}

const isThere = () => true;

/** Whether an image (`registry/repository`) has ever had a record. */
export function makeHasRecord(rows: Pick<TableRows, 'read'>): (image: string) => Promise<boolean> {
  return async (image) =>
    (await rows.read<unknown>(recordsPartition, rowKeys.images + hashOf(image), imageSchema, isThere)) !== undefined;
}
