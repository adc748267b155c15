import { expect, test } from 'vitest';
import { commitFiles } from '../../support/platform.ts';
import { azureHost } from '../../support/pull-requests/azure-host.ts';
import { healthyAt, settlingBench, syncResult } from '../../support/settling.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
  prod: { tags: { match: '^(\\d+)$', order: numeric } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}-{environment}.yaml', helm: { tag: image.tag } }]
    application: argocd/shop-{environment}
    environments: [dev, prod]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = Object.fromEntries(
  ['api', 'web', 'jobs', 'ui'].flatMap((name) => [
    [`${name}-dev.yaml`, values('1')],
    [`${name}-prod.yaml`, values('1')],
  ]),
);

const bench = () => settlingBench({ routes, files });

test('a sync result for a revision three commits later settles all deployments in between', async () => {
  const { deploy, hear, stateOf, bare, tip } = await bench();
  const deployed = [await deploy('api', '2'), await deploy('web', '2'), await deploy('jobs', '2')];
  await commitFiles(bare, { 'README.md': 'by hand' }, 'a person');
  expect(await Promise.all(deployed.map(stateOf))).toEqual(['committed', 'committed', 'committed']);
  await hear(healthyAt(await tip(), 1));
  expect(await Promise.all(deployed.map(stateOf))).toEqual(['healthy', 'healthy', 'healthy']);
});

test('one for an older revision settles none of the newer ones', async () => {
  const { deploy, hear, stateOf, work } = await bench();
  const first = await deploy('api', '2');
  const newer = [await deploy('web', '2'), await deploy('api', '3')];
  await hear(healthyAt(first.commit, 1));
  await work();
  expect(await stateOf(first)).toBe('healthy');
  expect(await Promise.all(newer.map(stateOf))).toEqual(['committed', 'committed']);
});

test('two environments in one repository and branch never settle each other', async () => {
  const { updates, apply, hear, stateOf, tip } = await bench();
  const [dev, prod] = updates('api', '2');
  if (!dev || !prod) throw new Error('the route has two environments');
  await Promise.all([apply(dev), apply(prod)]);
  await hear(healthyAt(await tip(), 1, { application: 'argocd/shop-dev' }));
  expect([await stateOf(dev), await stateOf(prod)]).toEqual(['healthy', 'committed']);
  await hear(healthyAt(await tip(), 1, { application: 'argocd/shop-prod' }));
  expect([await stateOf(dev), await stateOf(prod)]).toEqual(['healthy', 'healthy']);
});

test('two Argo CD instances with the same application name never settle each other', async () => {
  const named = routes.replace('argocd/shop-{environment}', `'{environment}-cluster/argocd/shop'`);
  const { updates, apply, hear, stateOf, tip } = await settlingBench({ routes: named, files });
  const [dev, prod] = updates('api', '2');
  if (!dev || !prod) throw new Error('the route has two environments');
  await Promise.all([apply(dev), apply(prod)]);
  const result = healthyAt(await tip(), 1, { application: 'argocd/shop' });
  await hear(result, 'dev-cluster/argocd/shop');
  expect([await stateOf(dev), await stateOf(prod)]).toEqual(['healthy', 'committed']);
  await hear(result, 'argocd/shop');
  expect(await stateOf(prod)).toBe('committed');
  await hear(result, 'prod-cluster/argocd/shop');
  expect(await stateOf(prod)).toBe('healthy');
});

test('a Degraded before Healthy ends healthy', async () => {
  const { deploy, hear, stateOf, clock, work } = await bench();
  const deployed = await deploy('api', '2');
  const operation = { startedAt: 1, finishedAt: 2 };
  clock.minute = 3;
  await hear(syncResult({ revision: deployed.commit, operation, health: 'Degraded', healthSince: 3, reconciledAt: 3 }));
  expect(await stateOf(deployed)).toBe('syncing');
  clock.minute = 8;
  await work();
  expect(await stateOf(deployed)).toBe('degraded');
  await hear(syncResult({ revision: deployed.commit, operation, healthSince: 9, reconciledAt: 9 }));
  expect(await stateOf(deployed)).toBe('healthy');
});

test('a Degraded days after Healthy changes no deployment', async () => {
  const { deploy, hear, stateOf, store, clock, work } = await bench();
  const deployed = await deploy('api', '2');
  const operation = { startedAt: 1, finishedAt: 2 };
  await hear(syncResult({ revision: deployed.commit, operation, reconciledAt: 3 }));
  const before = await store.find(deployed);
  clock.minute = 3 * 24 * 60;
  const degraded = { health: 'Degraded', healthSince: clock.minute - 60, reconciledAt: clock.minute } as const;
  await hear(syncResult({ revision: deployed.commit, operation, ...degraded }));
  clock.minute += 60;
  await work();
  expect(await stateOf(deployed)).toBe('healthy');
  expect(await store.find(deployed)).toEqual(before);
});

test('Missing and Suspended never count as failed', async () => {
  const { deploy, hear, stateOf, clock, work } = await bench();
  const deployed = await deploy('api', '2');
  const operation = { startedAt: 1, finishedAt: 2 };
  for (const [index, health] of (['Missing', 'Suspended', 'Progressing', 'Unknown'] as const).entries()) {
    clock.minute += 60;
    await hear(syncResult({ revision: deployed.commit, operation, health, healthSince: 1, reconciledAt: 3 + index }));
    clock.minute += 60;
    await work();
    expect(await stateOf(deployed)).toBe('syncing');
  }
  await hear(syncResult({ revision: deployed.commit, operation, reconciledAt: 9 }));
  expect(await stateOf(deployed)).toBe('healthy');
});

test('a result that arrives before its record settles it', async () => {
  const { bare, tip, hear, update, apply, stateOf, work, events } = await bench();
  await commitFiles(bare, { 'api-dev.yaml': values('2') }, 'by hand');
  await hear(healthyAt(await tip(), 1));
  const record = update('api', '2');
  expect(await apply(record)).toMatchObject({ kind: 'up-to-date' });
  await work();
  expect(await stateOf(record)).toBe('healthy');
  expect(events.filter((event) => event === 'settled')).toHaveLength(1);
});

test('a squash-merged pull request is settled', async () => {
  const proposed = routes.replace('delivery: commit', 'delivery: pull-request');
  const { devops, apply, update, hear, store, stateOf, tip, work } = await settlingBench({ routes: proposed, files });
  const { complete } = await azureHost(devops, []);
  const deployed = update('api', '2');
  const outcome = await apply(deployed);
  if (outcome.kind !== 'pull-request') throw new Error(`it ended ${outcome.kind}`);
  await complete(outcome.number, { strategy: 'squash', deletesBranch: true });
  expect(await stateOf(deployed)).toBe('pull-request');
  // Nobody has told of the merge: the sync result does.
  const merge = await tip();
  await hear(healthyAt(merge, 1));
  await work();
  expect(await store.find(deployed)).toMatchObject({ state: 'healthy', commit: merge });
});
