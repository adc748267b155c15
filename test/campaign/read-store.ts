import type { Storage } from '../../local/storage/storage.ts';
import { makeTableStore } from '../../src/lib/deployments/table-store.ts';
import type { Deployment, Mark } from '../../src/lib/model/deployment.ts';
import { makeTableRows } from '../../src/lib/storage/table-rows.ts';
import type { Scenario } from './scenario.ts';

/** The records of the updates, by id, and the marks of their environments. */
export async function readStore({ updates }: Scenario, storage: Storage) {
  const store = makeTableStore(makeTableRows({ AzureWebJobsStorage: storage.connectionString }));
  const records = new Map<string, Deployment | undefined>();
  const marks = new Map<string, Mark | undefined>();
  for (const { id, route, slot } of updates) {
    const key = { route, environment: slot.environment };
    records.set(id, await store.find({ id, ...key }));
    const name = `${route} ${slot.environment}`;
    if (!marks.has(name)) marks.set(name, await store.findMark(key));
  }
  return { records, findMark: (route: string, environment: string) => marks.get(`${route} ${environment}`) };
}
