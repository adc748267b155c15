import { createRequire } from 'node:module';
import type * as Functions from '@azure/functions';
import { makeListEnvironments } from '../src/functions/environments.ts';
import { listEnvironments } from '../src/lib/deployments/list-environments.ts';
import { makeTableRows } from '../src/lib/storage/table-rows.ts';
import { Table } from './delivery/table.ts';
import { cells as environments, recordOf, routeTable } from './support/many-records.ts';
import { startRecordsTable } from './support/records-table.ts';

/*
 * npm run bench -- environments
 *
 * The answer of `GET /api/environments` for 2,000 environments, by the number of records. Goals with 100,000 records:
 * 300 ms and 5 storage calls.
 */
// ESM cannot import these classes by name.
const { HttpRequest, InvocationContext } = createRequire(import.meta.url)('@azure/functions') as typeof Functions;
const rounds = 7;

const columns = [
  'records',
  'rows',
  'storage calls',
  'median',
  'most',
  'processor, median',
  'size',
  'unchanged, median',
];
const table = new Table(columns);
for (const count of [2_000, 20_000, 100_000]) table.add(await measured(count));
table.print();

async function measured(count: number): Promise<readonly string[]> {
  const storage = await startRecordsTable(Array.from({ length: count }, (_, n) => recordOf(n, count)));
  try {
    const rows = makeTableRows(storage.settings);
    const routes = routeTable();
    const answer = makeListEnvironments({
      listEnvironments: () => listEnvironments(rows),
      routes: () => Promise.resolve(routes),
    });
    const ask = async (known?: string) => {
      const headers = known === undefined ? {} : { 'if-none-match': known };
      const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/environments', headers });
      const [started, used] = [performance.now(), process.cpuUsage()];
      const response = await answer(request, new InvocationContext());
      const { user, system } = process.cpuUsage(used);
      return { response, ms: performance.now() - started, cpuMs: (user + system) / 1_000 };
    };
    await ask();
    const before = storage.requests();
    const { response } = await ask();
    const calls = storage.requests() - before;
    const body = typeof response.body === 'string' ? response.body : '';
    const found = (JSON.parse(body) as { readonly environments: readonly unknown[] }).environments.length;
    if (found !== environments) throw new Error(`${found} environments were answered`);
    const etag = new Headers(response.headers).get('etag') ?? '';
    const [fresh, used, unchanged]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      const { ms, cpuMs } = await ask();
      fresh.push(ms);
      used.push(cpuMs);
      unchanged.push((await ask(etag)).ms);
    }
    const cells = [median(fresh), Math.max(...fresh), median(used)].map(milliseconds);
    const size = `${(body.length / 1_024).toFixed(0)} KiB`;
    return [String(count), String(storage.rows), String(calls), ...cells, size, milliseconds(median(unchanged))];
  } finally {
    await storage.close();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
