import { afterAll, beforeAll } from 'vitest';
import { startStorage } from '../../local/storage/storage.ts';
import type { Storage } from '../../local/storage/storage.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import type { TableRows } from '../../src/lib/storage/table-rows.ts';

/**
 * One storage for all tests of a file, which keep apart by keys of their own.
 *
 * @returns makes what one process has of its table
 */
export function sharedTable(): () => TableRows {
  let storage: Storage | undefined;
  beforeAll(async () => {
    storage = await startStorage();
  });
  afterAll(() => storage?.close());
  return () => {
    if (!storage) throw new Error('storage is there while tests run');
    return makeTableRows({ AzureWebJobsStorage: storage.connectionString });
  };
}
