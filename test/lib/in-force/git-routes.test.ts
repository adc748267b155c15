import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startStorage } from '../../../local/storage/storage.ts';
import { announceChange } from '../../../src/lib/in-force/announce-change.ts';
import { makeGitRoutes } from '../../../src/lib/in-force/git-routes.ts';
import { makeGitStateStore } from '../../../src/lib/in-force/git-state-store.ts';
import { makeRoutesInForce } from '../../../src/lib/in-force/routes-in-force.ts';
import { makeSettingsRoutes } from '../../../src/lib/in-force/settings-routes.ts';
import { makeFindEnvironment } from '../../../src/lib/delivery/apply-update.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { Status } from '../../../src/lib/git/statuses.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import type { RouteDocument } from '../../../src/lib/routes/read/documents.ts';
import type { RoutesSource } from '../../../src/lib/routes/routes-source.ts';
import { makeBlobStore } from '../../../src/lib/storage/blob-store.ts';
import { addCommit } from '../../support/bare-repository.ts';
import { temporaryFolder } from '../../support/platform.ts';
import { startGitHost } from '../git/git-host.ts';
import type { GitHost } from '../git/git-host.ts';

const gitops = 'https://dev.azure.com/contoso/platform/_git/gitops';
const url = 'https://git.contoso.example/routes';
const allow = [{ images: ['contoso.azurecr.io/{team}/**'], repositories: [gitops], paths: ['apps/{team}/**'] }];
const sources: readonly RoutesSource[] = [{ repository: url, path: 'teams/{team}/*.yaml', allow }];

function routes(team: string, services: readonly string[], order = 'numeric'): string {
  const written = services.map(
    (service) => `
  ${team}/${service}:
    image: contoso.azurecr.io/${team}/${service}
    repository: ${gitops}
    update: [{ file: apps/${team}/${service}.yaml, helm: { tag: image.tag } }]
    environments: { dev: { delivery: commit, tags: { match: '^\\d+$', order: ${order} } } }`,
  );
  return `routes:${written.join('')}\n`;
}

function updateOf(route: string): TagUpdate {
  const image = { registry: 'contoso.azurecr.io', repository: route, tag: '2' };
  const id = updateId(route, 'dev', image, false);
  return { id, route, environment: 'dev', image, pushedAt: '2026-11-20T10:00:00.000Z', cause: { kind: 'push' } };
}

let host: GitHost;

beforeAll(async () => {
  host = await startGitHost();
});

afterAll(() => host.close());

function load(documents: readonly RouteDocument[]) {
  return loadRoutes(documents, { azureDevOpsCollections: [], registries: [] });
}

async function world(files: Readonly<Record<string, string>>) {
  const storage = await startStorage({ directory: join(await temporaryFolder(), 'storage') });
  onTestFinished(storage.close);
  const { directory, open } = await host.create();
  const first = await addCommit(directory, { files });
  const statuses: { commit: string; status: Status }[] = [];
  const lines: string[] = [];
  const log = (_level: string, event: string): void => void lines.push(event);
  /** An instance of the app that starts now. */
  const start = (
    settings: Readonly<Record<string, string>> = {},
    from: readonly RoutesSource[] | 'invalid' = sources,
  ) => {
    const blobs = makeBlobStore({ AzureWebJobsStorage: storage.connectionString });
    const repository = open();
    const opened = () => ({
      repository,
      statuses: {
        postToCommit: async (commit: string, status: Status) => void statuses.push({ commit, status }),
        postToPullRequest: async () => undefined,
      },
    });
    const documents = Object.entries(settings).map(([setting, text]) => ({ setting, text }));
    let time = Date.now();
    const git = makeGitRoutes({
      sources: from === 'invalid' ? undefined : from,
      store: makeGitStateStore(blobs),
      open: opened,
      announce: (change, ofRun) => announceChange(change, ofRun, opened),
      load,
      collections: [],
      log,
      now: () => new Date((time += 20_000)),
      sleep,
    });
    const fixed = makeSettingsRoutes({
      documents,
      table: from === 'invalid' ? undefined : load(documents).table,
      load,
      store: blobs,
      log,
    });
    const inForce = makeRoutesInForce(fixed, git);
    return {
      ...inForce,
      refresh: () => inForce.refresh?.(log),
      names: async () => (await inForce.current()).entries.map(({ name }) => name).toSorted(),
    };
  };
  return { directory, first, start, statuses, lines };
}

test('documents at the tip are in force from the start, and the clock follows the tip', async () => {
  const { directory, first, start, statuses } = await world({
    'teams/shop/a.yaml': routes('shop', ['cart']),
    'x.yaml': 'no: routes',
  });
  const app = start();
  expect(await app.names()).toEqual(['shop/cart']);
  expect(statuses).toMatchObject([
    { commit: first, status: { state: 'succeeded', description: '1 route: 1 added (shop/cart)' } },
  ]);
  const second = await addCommit(directory, {
    files: { 'teams/shop/a.yaml': routes('shop', ['cart', 'pay']), 'teams/hr/b.yaml': routes('hr', ['time']) },
  });
  await app.refresh();
  expect(await app.names()).toEqual(['hr/time', 'shop/cart', 'shop/pay']);
  expect(statuses.at(-1)).toMatchObject({
    commit: second,
    status: { context: { genre: 'tagrelay', name: 'routes' }, description: '3 routes: 2 added (hr/time, shop/pay)' },
  });
  await app.refresh();
  expect(statuses).toHaveLength(2);
});

test('a bad document leaves its last good version in force, after a restart too, and its commit gets the problems', async () => {
  const { directory, first, start, statuses } = await world({
    'teams/shop/a.yaml': routes('shop', ['cart']),
    'teams/hr/b.yaml': routes('hr', ['time']),
  });
  const app = start();
  await app.names();
  const bad = routes('shop', ['cart'], 'newset').replace('image:', 'imgae:');
  const second = await addCommit(directory, {
    files: { 'teams/shop/a.yaml': bad, 'teams/hr/b.yaml': routes('hr', ['time', 'pay']) },
  });
  await app.refresh();
  expect(await app.names()).toEqual(['hr/pay', 'hr/time', 'shop/cart']);
  const failed = statuses.slice(1);
  expect(failed.map(({ commit, status }) => [commit, status.state, status.context.name])).toEqual([
    [second, 'failed', 'routes'],
    [second, 'failed', 'routes-2'],
    [second, 'failed', 'routes-3'],
  ]);
  expect(failed[0]?.status.description).toMatch(/^3 errors: teams\/shop\/a\.yaml:3:5 .*image: the field is missing/);
  expect(failed[1]?.status.description).toMatch(/^teams\/shop\/a\.yaml:3:5 .*did you mean `image`/);
  expect(failed[2]?.status.description).toMatch(/^teams\/shop\/a\.yaml:6:77 .*newset/);
  const restarted = start();
  expect(await restarted.names()).toEqual(['hr/pay', 'hr/time', 'shop/cart']);
  const report = await restarted.report();
  expect(report).toMatchObject({
    state: 'last-good',
    repositories: [
      {
        repository: url,
        branch: 'main',
        tip: second,
        documents: [
          { path: 'teams/hr/b.yaml', state: 'current', commit: second, errors: [] },
          {
            path: 'teams/shop/a.yaml',
            state: 'last-good',
            commit: first,
            badCommit: second,
            errors: [
              expect.stringMatching(/^3:5 {2}error .*`?image`?.*\[missing-field\]$/),
              expect.stringMatching(/^3:5 {2}error .*did you mean `image`.*\[unknown-field\]$/),
              expect.stringMatching(/^6:77 {2}error .*newset.*\[wrong-value\]$/),
            ],
          },
        ],
      },
    ],
  });
  expect(report.problems.map(({ code }) => code)).toContain('unknown-field');
  expect(statuses).toHaveLength(4);
  const third = await addCommit(directory, { files: { 'teams/shop/a.yaml': routes('shop', ['pay']) } });
  await restarted.refresh();
  expect(statuses.slice(4)).toMatchObject([{ commit: third, status: { state: 'succeeded' } }]);
});

test('a team cannot route the images of another, nor write its files', async () => {
  const { directory, start, statuses } = await world({
    'teams/shop/a.yaml': routes('shop', ['cart']),
    'teams/hr/b.yaml': routes('hr', ['time']),
  });
  const app = start();
  await app.names();
  const thief = routes('hr', ['time']).replace('apps/hr/time', 'apps/shop/cart');
  await addCommit(directory, { files: { 'teams/hr/b.yaml': thief } });
  await app.refresh();
  expect(statuses.at(-1)?.status.description).toMatch(
    /^teams\/hr\/b\.yaml:5:\d+ .*`apps\/shop\/cart\.yaml` is outside the `allow`/,
  );
  await addCommit(directory, {
    files: { 'teams/hr/b.yaml': `${routes('hr', ['time'])}${routes('shop', ['pay']).slice(8)}` },
  });
  await app.refresh();
  expect(statuses.at(-1)?.status.description).toContain('can match images outside the `allow`');
  expect(await app.names()).toEqual(['hr/time', 'shop/cart']);
});

test('a Git host that does not answer changes nothing that is in force', async () => {
  const { start, lines } = await world({ 'teams/shop/a.yaml': routes('shop', ['cart']) });
  await start().names();
  host.breakStep('tip', 'unavailable');
  try {
    const app = start();
    expect(await app.names()).toEqual(['shop/cart']);
    await app.refresh();
    expect((await app.report()).problems.map(({ code }) => code)).toContain('source-unreadable');
    expect(lines).toContain('routes-not-read');
  } finally {
    host.mend();
  }
});

test('nothing is in force before a first read: events wait, and routes of the settings do not', async () => {
  const { start } = await world({ 'teams/shop/a.yaml': routes('shop', ['cart']) });
  host.breakStep('tip', 'unavailable');
  try {
    await expect(start().current()).rejects.toMatchObject({ code: 'routes-invalid' });
    const app = start({ ROUTES: routes('core', ['api']) });
    expect(await app.names()).toEqual(['core/api']);
    expect(await makeFindEnvironment(app.current)(updateOf('core/api'))).toMatchObject({ name: 'dev' });
    // Its route may be in the documents.
    await expect(makeFindEnvironment(app.current)(updateOf('shop/old'))).rejects.toMatchObject({
      code: 'routes-invalid',
    });
  } finally {
    host.mend();
  }
  const app = start({ ROUTES: routes('core', ['api']) });
  expect(await app.names()).toEqual(['core/api', 'shop/cart']);
  expect(await makeFindEnvironment(app.current)(updateOf('shop/old'))).toBeUndefined();
});

test('a removed document ends its routes; an invalid ROUTES_FROM leaves the last valid one in force', async () => {
  const { directory, start } = await world({
    'teams/shop/a.yaml': routes('shop', ['cart']),
    'teams/hr/b.yaml': routes('hr', ['time']),
  });
  const app = start();
  await app.names();
  await addCommit(directory, { files: { 'teams/hr/b.yaml': undefined } });
  await app.refresh();
  expect(await app.names()).toEqual(['shop/cart']);
  const invalid = start({}, 'invalid');
  expect(await invalid.names()).toEqual(['shop/cart']);
  await addCommit(directory, { files: { 'teams/shop/a.yaml': routes('shop', ['pay']) } });
  await invalid.refresh();
  expect(await invalid.names()).toEqual(['shop/pay']);
});

test('another instance sees what one has read', async () => {
  const { directory, start } = await world({ 'teams/shop/a.yaml': routes('shop', ['cart']) });
  const [one, other] = [start(), start()];
  await Promise.all([one.names(), other.names()]);
  await addCommit(directory, { files: { 'teams/shop/a.yaml': routes('shop', ['pay']) } });
  await Promise.all([one.refresh(), other.refresh()]);
  expect(await other.names()).toEqual(['shop/pay']);
  expect(await one.names()).toEqual(['shop/pay']);
});

test('two documents that name the same route: the status names both, and is cleared when one leaves', async () => {
  const { directory, start, statuses } = await world({
    'teams/hr/b.yaml': routes('hr', ['time']),
    'teams/shop/a.yaml': routes('shop', ['cart']),
  });
  const app = start();
  await app.names();
  const second = await addCommit(directory, {
    files: { 'teams/hr/b.yaml': routes('hr', ['time']).replace('  hr/time:', '  shop/cart:') },
  });
  await app.refresh();
  expect(await app.names()).toEqual(['hr/time', 'shop/cart']);
  expect(statuses.at(-1)).toMatchObject({
    commit: second,
    status: {
      state: 'failed',
      description: expect.stringMatching(
        /^teams\/hr\/b\.yaml:2:3 .*already a route `shop\/cart` at teams\/shop\/a\.yaml:2:3$/,
      ),
    },
  });
  await addCommit(directory, { files: { 'teams/shop/a.yaml': undefined } });
  await app.refresh();
  expect(await app.names()).toEqual(['shop/cart']);
  expect(statuses.at(-1)?.status).toMatchObject({
    state: 'succeeded',
    description: expect.stringContaining('1 removed'),
  });
});
