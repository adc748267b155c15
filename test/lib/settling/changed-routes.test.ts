import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';
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

/** An environment as the route has it after a change. */
function changedTo(text: string) {
  const { table } = loadRoutes([{ setting: 'ROUTES', text }], { azureDevOpsCollections: [], registries: [] });
  if (!table) throw new Error('the routes are bad');
  return makeFindEnvironment(() => Promise.resolve(table));
}

/** Deploys `api:2` to `old.yaml`; after that its route writes elsewhere. */
async function moved(after: string = routes('new.yaml')) {
  const bench = await settlingBench({
    routes: routes('old.yaml'),
    files: { 'old.yaml': values('1'), 'new.yaml': values('1') },
  });
  const deployed = await bench.deploy('api', '2');
  bench.settling.findEnvironment = changedTo(after);
  return { ...bench, deployed };
}

const running = (tag: string) => ({ images: [`contoso.azurecr.io/api:${tag}`] });

describe('a deployment whose route writes another file by now', () => {
  test('settles at the place that it wrote to', async () => {
    const { deployed, hear, stateOf, tip } = await moved();
    await hear(healthyAt(await tip(), 1));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test('is superseded by another value at that place', async () => {
    const { deployed, hear, stateOf, bare, tip } = await moved();
    await commitFiles(bare, { 'old.yaml': values('7') }, 'by hand');
    await hear(healthyAt(await tip(), 1));
    expect(await stateOf(deployed)).toBe('superseded');
  });

  test('is healthy where the value moved with the route', async () => {
    const { deployed, hear, stateOf, bare, tip } = await moved();
    await commitFiles(bare, { 'old.yaml': '{}\n', 'new.yaml': values('2') }, 'move the values');
    await hear(healthyAt(await tip(), 1));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test.each([
    ['2', 'healthy'],
    ['3', 'superseded'],
  ])('where the former place keeps its value, the running image decides: %s is %s', async (tag, state) => {
    const { deployed, hear, stateOf, bare, tip } = await moved();
    await commitFiles(bare, { 'new.yaml': values('3') }, 'by hand');
    await hear(healthyAt(await tip(), 1, running(tag)));
    expect(await stateOf(deployed)).toBe(state);
  });

  test('of a version that stored no place is superseded by nothing in the other file', async () => {
    const { deployed, hear, stateOf, store, bare, tip } = await moved();
    await store.update(deployed, (record) => {
      const { edits: _edits, ...rest } = record ?? { edits: undefined };
      return record && (rest as typeof record);
    });
    await hear(healthyAt(await tip(), 1));
    expect(await stateOf(deployed)).toBe('committed');
    // The file follows the route.
    await commitFiles(bare, { 'new.yaml': values('2') }, 'move the values');
    await hear(healthyAt(await tip(), 4));
    expect(await stateOf(deployed)).toBe('healthy');
  });
});

const ofOther = (result: SyncResult): SyncResult => ({
  ...result,
  sources: [{ repoUrl: 'https://dev.azure.com/contoso/platform/_git/other', path: 'apps' }],
});

describe('a deployment whose route writes another repository by now', () => {
  const other = routes('old.yaml').replace('_git/gitops', '_git/other');
  test('settles in the repository that it wrote to', async () => {
    const { deployed, hear, stateOf, tip } = await moved(other);
    await hear(healthyAt(await tip(), 1));
    expect(await stateOf(deployed)).toBe('healthy');
  });

  test.each([
    ['2', 'healthy'],
    ['3', 'superseded'],
    ['1', 'committed'],
  ])('by the running image where the application has left that repository: %s is %s', async (tag, state) => {
    const { deployed, hear, stateOf, clock } = await moved(other);
    const startedAt = clock.minute + 60 * 24 * 365;
    await hear(ofOther(healthyAt('e'.repeat(40), startedAt, running(tag))));
    expect(await stateOf(deployed)).toBe(state);
  });
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
