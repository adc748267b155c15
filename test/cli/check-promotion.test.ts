import { expect, test } from 'vitest';
import { checkPromotion } from '../../src/cli/doctor/check-promotion.ts';
import type { SeenDeployment } from '../../src/cli/doctor/check-app.ts';
import { usedRoutes } from '../../src/cli/used-environments.ts';
import { loadRoutes } from '../../src/lib/routes/load.ts';

const routesOf = (update: string) => `
routes:
  api:
    image: contoso.azurecr.io/api
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    update: [{ file: '{environment}.yaml', helm: { ${update} } }]
    environments:
      dev: { application: argocd/dev }
      prod: { promoteFrom: dev, delivery: pull-request }
`;

function check(
  last: Partial<SeenDeployment> | undefined | 'not asked',
  { update = 'tag: image.tag', verifyImage = true } = {},
) {
  const hosts = { azureDevOpsCollections: [], registries: [] };
  const { table } = loadRoutes([{ setting: 'ROUTES', text: routesOf(update) }], hosts);
  if (!table) throw new Error('the routes have errors');
  const used = usedRoutes(table, []).environments;
  const prod = used.find(({ environment }) => environment.name === 'prod');
  if (!prod) throw new Error('there is no prod');
  const seen = {
    id: 'a',
    route: 'api',
    environment: 'dev',
    image: '',
    tag: '2',
    state: 'committed',
    updatedAt: '2026-11-20',
  };
  const deployments =
    last === 'not asked' ? undefined : { latest: [], lastOf: () => Promise.resolve(last && { ...seen, ...last }) };
  return checkPromotion(prod, { used, verifyImage, deployments });
}

test.each([
  ['not asked', 'unknown', 'from dev: the app was not asked (--url, --key)'],
  [undefined, 'unknown', 'from dev: nothing was deployed there yet'],
  [
    { applications: ['argocd/dev'] },
    'warning',
    'from dev: Argo CD has reported nothing on argocd/dev since 2026-11-20',
  ],
  [{ state: 'healthy' }, 'ok', 'from dev: 2 is healthy there'],
  [{ state: 'degraded' }, 'ok', 'from dev: 2 is degraded there'],
] as const)('doctor on a source whose last deployment is %j: %s', async (last, state, detail) => {
  expect(await check(last as Parameters<typeof check>[0])).toMatchObject([{ what: 'promotion', state, detail }]);
});

test('doctor on digests that no registry is asked for', async () => {
  const healthy = { state: 'healthy' };
  const [, warning] = await check(healthy, { verifyImage: false });
  expect(warning).toMatchObject({
    state: 'warning',
    detail: expect.stringContaining('a tag in prod and dev is unknown'),
  });
  expect(await check(healthy, { verifyImage: false, update: 'tag: image.tag, digest: image.digest' })).toHaveLength(1);
});
