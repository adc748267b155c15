import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { makeFindEnvironment } from '../../../src/lib/delivery/apply-update.ts';
import { commitFiles } from '../../support/platform.ts';
import { healthyAt, settlingBench } from '../../support/settling.ts';

const routes = (file: string) => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: ${file}, helm: { tag: image.tag } }], environments: [dev] }
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;

test('a route that writes another file by now supersedes nothing that stands in the former', async () => {
  const bench = await settlingBench({ routes: routes('old.yaml'), files: { 'old.yaml': values('1') } });
  const { deploy, hear, stateOf, bare, tip, settling } = bench;
  const deployed = await deploy('api', '2');
  const { table } = loadRoutes([{ setting: 'ROUTES', text: routes('new.yaml') }], {
    azureDevOpsCollections: [],
    registries: [],
  });
  if (!table) throw new Error('the routes are bad');
  settling.findEnvironment = makeFindEnvironment(() => Promise.resolve(table));
  await hear(healthyAt(await tip(), 1));
  expect(await stateOf(deployed)).toBe('committed');
  // The file follows the route.
  await commitFiles(bare, { 'new.yaml': values('2') }, 'move the values');
  await hear(healthyAt(await tip(), 4));
  expect(await stateOf(deployed)).toBe('healthy');
});

test('a revision that a force push has taken away says nothing, and is no trouble', async () => {
  const { deploy, hear, stateOf, bare, tip, events } = await settlingBench({
    routes: routes('api.yaml'),
    files: { 'api.yaml': values('1') },
  });
  const start = await tip();
  const first = await deploy('api', '2');
  await hear(healthyAt(await tip(), 1));
  expect(await stateOf(first)).toBe('healthy');
  await git(['update-ref', 'refs/heads/main', start], bare);
  const second = await deploy('api', '3');
  await hear(healthyAt('e'.repeat(40), 4));
  expect(await stateOf(second)).toBe('committed');
  await hear(healthyAt(await tip(), 7));
  expect(await stateOf(second)).toBe('healthy');
  expect(events).not.toContain('not-settled');
});
