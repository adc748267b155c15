import { createRequire } from 'node:module';
import type * as Functions from '@azure/functions';
import { makeListEnvironments } from '../src/functions/environments.ts';
import { listEnvironments } from '../src/lib/deployments/list-environments.ts';
import { moveTo, queued } from '../src/lib/model/deployment.ts';
import type { Deployment } from '../src/lib/model/deployment.ts';
import { loadRoutes } from '../src/lib/routes/load.ts';
import type { RouteTable } from '../src/lib/routes/route.ts';
import { makeTableRows } from '../src/lib/storage/table-rows.ts';
import { Table } from './delivery/table.ts';
import { startRecordsTable } from './support/records-table.ts';

/*
 * npm run bench -- environments
 *
 * The answer of `GET /api/environments` for 2,000 environments, by the number of records. Goals with 100,000 records:
 * 300 ms and 5 storage calls.
 */
// ESM cannot import these classes by name.
const { HttpRequest, InvocationContext } = createRequire(import.meta.url)('@azure/functions') as typeof Functions;
const services = 1_000;
const environments = ['dev', 'prod'] as const;
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
    if (found !== services * environments.length) throw new Error(`${found} environments were answered`);
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

/** Records of every environment, in turn; the last ones are queued. */
function recordOf(n: number, count: number): Deployment {
  const route = `shop/service-${n % services}`;
  const environment = environments[Math.floor(n / services) % environments.length] ?? 'dev';
  const image = { registry: 'contoso.azurecr.io', repository: route, tag: `main-${n}` };
  const at = new Date(Date.UTC(2026, 0, 1) + n * 60_000);
  const id = n.toString(16).padStart(32, '0');
  const cause = { kind: 'push' } as const;
  const update = { id, route, environment, image, pushedAt: at.toISOString(), cause };
  const record = queued(update, 'https://dev.azure.com/contoso/platform/_git/gitops', at);
  if (n >= count - 50) return record;
  const commit = id.padStart(40, '0');
  const committed = moveTo(record, 'committed', { commit }, new Date(at.getTime() + 2_000));
  return moveTo(committed, n % 97 === 0 ? 'failed' : 'healthy', { commit }, new Date(at.getTime() + 90_000));
}

function routeTable(): RouteTable {
  const text = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments: { dev: { delivery: commit }, prod: {} }
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    update: [{ file: '{domain}/{service}/{environment}.yaml', helm: { tag: image.tag } }]
    environments: [dev, prod]
`;
  const options = { azureDevOpsCollections: [], registries: [] };
  const { table: loaded, problems } = loadRoutes([{ setting: 'ROUTES', text }], options);
  if (!loaded) throw new Error(problems.map(({ message }) => message).join('\n'));
  return loaded;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`;
}
