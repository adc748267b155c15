import { describe, expect, test } from 'vitest';
import { git } from '../../../../local/git.ts';
import { rebuild } from '../../../../src/lib/delivery/restore/rebuild.ts';
import type { RebuildAnswer, RebuildDeps } from '../../../../src/lib/delivery/restore/rebuild.ts';
import type { RebuildFilter } from '../../../../src/lib/delivery/restore/rebuild-targets.ts';
import { readRebuildCursor, writeRebuildCursor } from '../../../../src/lib/delivery/restore/rebuild-cursor.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import { deliveryBench } from '../../../support/delivery.ts';
import { commitFiles } from '../../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
  prod: { branch: release, tags: { match: '^(\\d+)$', order: numeric } }
routes:
  '{service}':
    image: contoso.azurecr.io/{service}
    update: [{ file: '{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev, prod]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const dev = { route: 'api', environment: 'dev' };
const prod = { route: 'api', environment: 'prod' };

async function bench() {
  const made = await deliveryBench({ routes, files: { 'api.yaml': values('1'), 'web.yaml': values('1') } });
  await git(['branch', 'release', 'main'], made.bare);
  const apply = made.worker();
  const deliver = async (environment: string, tag: string, service = 'api') => {
    const update = made.updates(service, tag).find((one) => one.environment === environment) ?? fail();
    expect(await apply(update)).toMatchObject({ kind: 'committed' });
    return update;
  };

  async function empty() {
    const rows = makeTableRows({ AzureWebJobsStorage: made.connectionString });
    while ((await rows.removeUnchanged('', new Date(Date.now() + 60_000), 1_000)) > 0);
  }

  /** Every page of a rebuild, and the store that it wrote. `msPerRead` is the time that the clock moves when it is read. */
  async function run(filter: RebuildFilter = {}, msPerRead = 0) {
    const store = makeTableStore(makeTableRows({ AzureWebJobsStorage: made.connectionString }));
    let time = Date.now();
    const deps: RebuildDeps = {
      store,
      repositories: made.openRepositories(),
      routes: () => Promise.resolve(made.table),
      findEnvironment: made.findEnvironment,
      now: () => new Date((time += msPerRead)),
    };
    const pages: Extract<RebuildAnswer, { readonly kind: 'rebuilt' }>[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const answer = await rebuild(filter, readRebuildCursor(next), deps);
      if (answer.kind !== 'rebuilt') throw new Error(answer.kind);
      pages.push(answer);
      next = answer.next && writeRebuildCursor(answer.next);
    }
    return { store, pages, environments: pages.flatMap(({ environments }) => environments) };
  }

  return { ...made, apply, deliver, empty, run };
}

function fail(): never {
  throw new Error('the routes of the test take no such image');
}

describe('a rebuild', () => {
  test('restores marks and records of each environment from its own branch', async () => {
    const { bare, deliver, empty, run } = await bench();
    const two = await deliver('dev', '2');
    const five = await deliver('dev', '5');
    await commitFiles(bare, { 'api.yaml': values('2') }, 'Revert to 2');
    // The history of `dev` is in `release` too, where nothing is delivered to `dev`.
    await git(['branch', '--force', 'release', 'main'], bare);
    const three = await deliver('prod', '3');
    await empty();
    const { store, environments } = await run();
    expect(environments).toEqual([
      { ...dev, mark: expect.objectContaining({ tag: '5', pushedAt: five.pushedAt }), records: 2 },
      { ...prod, mark: expect.objectContaining({ tag: '3' }), records: 1 },
    ]);
    expect(await store.find(two)).toMatchObject({ state: 'committed', previous: '1', branch: 'main' });
    expect(await store.find(five)).toMatchObject({ state: 'committed', previous: '2', branch: 'main' });
    expect(await store.find(three)).toMatchObject({ state: 'committed', previous: '2', branch: 'release' });
    expect((await run()).environments.map(({ records }) => records)).toEqual([0, 0]);
  });

  test('raises a mark from an old backup, and restores one environment where that is asked for', async () => {
    const { deliver, run, store: old } = await bench();
    await deliver('dev', '2');
    await deliver('dev', '7');
    await deliver('dev', '3', 'web');
    await old.updateMark(dev, (mark) => mark && { ...mark, tag: '2' });
    await old.updateMark({ route: 'web', environment: 'dev' }, (mark) => mark && { ...mark, tag: '2' });
    const { store, environments } = await run(dev);
    expect(environments).toMatchObject([{ ...dev, mark: { tag: '7' } }]);
    expect(await store.findMark({ route: 'web', environment: 'dev' })).toMatchObject({ tag: '2' });
  });

  test('leaves a mark as a person has set it since', async () => {
    const { bare, deliver, run, store: old } = await bench();
    await deliver('dev', '9999');
    await commitFiles(bare, { 'api.yaml': values('2') }, 'Revert to 2');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const mark = { tag: '2', pushedAt: new Date().toISOString(), reason: 'a mistake' };
    await old.setMark(dev, { id: 'x', at: new Date().toISOString(), reason: 'a mistake', mark });
    const { store } = await run();
    expect(await store.findMark(dev)).toMatchObject({ tag: '2', reason: 'a mistake' });
  });

  test('ends each call after a while and goes on where it ended', async () => {
    const { bare, deliver, empty, run } = await bench();
    const updates = [];
    for (let tag = 2; tag < 25; tag += 1) updates.push(await deliver('dev', String(tag)));
    await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert to 1');
    await empty();
    const { store, pages } = await run({}, 10_000);
    expect(pages.length).toBeGreaterThanOrEqual(3);
    for (const update of updates) expect(await store.find(update)).toMatchObject({ state: 'committed' });
    expect(await store.findMark(dev)).toMatchObject({ tag: '24' });
  });

  test('names the repositories that it could not read, and goes on', async () => {
    const { bare, deliver, empty, run } = await bench();
    await deliver('prod', '3');
    await empty();
    await git(['update-ref', '-d', 'refs/heads/main'], bare);
    const { pages, environments } = await run();
    expect(pages[0]?.notRebuilt).toEqual([
      { repository: expect.stringContaining('/gitops'), reason: expect.stringContaining('Branch main does not exist') },
    ]);
    expect(environments).toMatchObject([{ ...prod, mark: { tag: '3' } }]);
  });
});

test('a cursor that no rebuild made is refused', () => {
  expect(readRebuildCursor('x')).toBeUndefined();
  expect(readRebuildCursor(Buffer.from('{"target":"a","done":-1}').toString('base64url'))).toBeUndefined();
});
