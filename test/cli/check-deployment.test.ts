import { expect, test } from 'vitest';
import type { SeenDeployment } from '../../src/cli/doctor/check-app.ts';
import { checkDeployment } from '../../src/cli/doctor/check-deployment.ts';
import { usedRoutes } from '../../src/cli/used-environments.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';

const routes = `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    application: argocd/api
    environments: [dev]
`;
const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], { azureDevOpsCollections: [], registries: [] });
if (!table) throw new Error('the routes of this test load');
const [used] = usedRoutes(table, []).environments;

const at = '2026-11-20T10:00:00.000Z';
const minutesLater = (minutes: number) => new Date(Date.parse(at) + minutes * 60_000);
const last: SeenDeployment = {
  id: 'a'.repeat(32),
  route: 'api',
  environment: 'dev',
  image: 'contoso.azurecr.io/api:7',
  tag: '7',
  state: 'committed',
  updatedAt: at,
  applications: ['argocd/api'],
};

function look(more: Partial<SeenDeployment>, now = minutesLater(1)) {
  if (!used) throw new Error('the route of this test has an environment');
  return checkDeployment(used, { ...last, ...more }, now);
}

test('a commit that Argo CD says nothing about for long is wrong, and what mends it is to connect it', () => {
  expect(look({})).toMatchObject({ state: 'ok' });
  const silent = look({}, minutesLater(16));
  expect(silent).toMatchObject({ state: 'failed', detail: expect.stringContaining('argocd/api') });
  expect(silent.fix).toContain('npx tagrelay connect argocd');
  const progress = { 'argocd/api': { state: 'syncing', at } };
  expect(look({ progress }, minutesLater(16))).toMatchObject({ state: 'ok' });
});

test.each([
  ['healthy', {}, 'ok'],
  ['healthy', { warning: 'the application does not run this image' }, 'warning'],
  ['superseded', {}, 'ok'],
  ['pull-request', {}, 'ok'],
  ['degraded', {}, 'failed'],
  ['failed', {}, 'failed'],
  ['abandoned', { code: 'service-unavailable' }, 'failed'],
  ['rejected', { code: 'path-not-found' }, 'failed'],
  // `from` refuses pushes of other branches: that is what it is for.
  ['rejected', { code: 'build-refused', reason: 'another branch' }, 'warning'],
])('%s with %j is %s', (state, more, expected) => {
  const found = look({ state, ...more });
  expect(found).toMatchObject({ state: expected });
  expect(found.fix === undefined).toBe(expected !== 'failed');
});

test('no deployment is not known to be wrong', () => {
  expect(used && checkDeployment(used, undefined, minutesLater(0))).toMatchObject({ state: 'unknown' });
});
