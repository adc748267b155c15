import { expect, test } from 'vitest';
import { loadRoutes } from '../../../src/lib/routes/load.ts';

const options = { azureDevOpsCollections: [], registries: [] };

function samples(routes: string) {
  const { table, problems } = loadRoutes([{ setting: 'ROUTES', text: routes }], options);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return (table?.samples() ?? []).map((ofRoute) =>
    ofRoute.map(({ route, twin }) => ({
      route,
      repositories: [route, twin].map((one) => one?.environments[0]?.repository),
    })),
  );
}

const pattern = (more: string) => `
routes:
  '{domain}/{service}':
    image: contoso.azurecr.io/{domain}/{service}
    repository: https://dev.azure.com/contoso/{domain}/_git/gitops
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
    ${more}
  exact: { image: contoso.azurecr.io/shop/web, repository: https://dev.azure.com/contoso/a/_git/b, update: [{ file: web.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;
const at = (project: string) => `https://dev.azure.com/contoso/${project}/_git/gitops`;

test('what differs between a made-up image and its twin follows from what is pushed', () => {
  const [[first] = [], [exact] = []] = samples(pattern(''));
  expect(new Set(first?.repositories).size).toBe(2);
  expect(exact?.repositories).toEqual(['https://dev.azure.com/contoso/a/_git/b', undefined]);
});

test('captures that `where` limits are known, in every combination', () => {
  const [open = []] = samples(pattern('where: { domain: [shop, pay] }'));
  expect(open.map(({ repositories }) => repositories)).toEqual([
    [at('shop'), at('shop')],
    [at('pay'), at('pay')],
  ]);
  const [closed = []] = samples(pattern('where: { domain: [shop], service: [api, web] }'));
  // Another route takes shop/web.
  expect(closed.map(({ route: { name }, repositories }) => ({ name, repositories }))).toEqual([
    { name: 'shop/api', repositories: [at('shop'), undefined] },
  ]);
});
