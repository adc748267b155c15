import { moveTo, queued } from '../../src/lib/model/deployment.ts';
import type { Deployment } from '../../src/lib/model/deployment.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';
import type { RouteTable } from '../../src/lib/routes/route.ts';

const services = 1_000;
const environments = ['dev', 'prod'] as const;
export const cells = services * environments.length;

/** Records of every environment, in turn; the last ones are queued. */
export function recordOf(n: number, count: number, everyMs = 60_000): Deployment {
  const route = `shop/service-${n % services}`;
  const environment = environments[Math.floor(n / services) % environments.length] ?? 'dev';
  const image = { registry: 'contoso.azurecr.io', repository: route, tag: `main-${n}` };
  const at = new Date(Date.UTC(2026, 0, 1) + n * everyMs);
  const id = n.toString(16).padStart(32, '0');
  const cause = { kind: 'push' } as const;
  const update = { id, route, environment, image, pushedAt: at.toISOString(), cause };
  const record = queued(update, 'https://dev.azure.com/contoso/platform/_git/gitops', at);
  if (n >= count - 50) return record;
  const commit = id.padStart(40, '0');
  const committed = moveTo(record, 'committed', { commit }, new Date(at.getTime() + 2_000));
  return moveTo(committed, n % 97 === 0 ? 'failed' : 'healthy', { commit }, new Date(at.getTime() + 90_000));
}

export function routeTable(): RouteTable {
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
