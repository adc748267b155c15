import { expect, test } from 'vitest';
import { makeEndGone } from '../../../src/lib/delivery/end-gone.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { makeFindEnvironment } from '../../../src/lib/delivery/apply-update.ts';
import { routeImage } from '../../../src/lib/delivery/plan/route-image.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { queued } from '../../../src/lib/model/deployment.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { RouteTable } from '../../../src/lib/routes/route.ts';

const text = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    environments:
      dev: { tags: { match: '^(\\d+)$', order: numeric } }
      live: { tags: { match: '^(\\d+)$', order: numeric } }
`;
const noLog = (): void => undefined;
const hour = 3_600_000;

function tableOf(document: string): RouteTable {
  const { table, problems } = loadRoutes([{ setting: 'ROUTES', text: document }], {
    azureDevOpsCollections: [],
    registries: [],
  });
  if (!table) throw new Error(problems.map(({ message }) => message).join('\n'));
  return table;
}

function bench() {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: '2' };
  const updates = routeImage(tableOf(text), image, '2026-11-20T10:00:00.000Z').updates.map(({ update }) => update);
  const at = {
    table: tableOf(text),
    time: Date.parse('2026-11-30T08:00:00Z'),
    records: updates.map((update): Deployment => queued(update, '', new Date('2026-11-30T08:00:00Z'))),
    lists: 0,
  };
  const ended: string[] = [];
  const endGone = makeEndGone({
    routes: async () => at.table,
    findEnvironment: makeFindEnvironment(async () => at.table),
    index: {
      list: async () => {
        at.lists += 1;
        return { deployments: at.records };
      },
    },
    worker: {
      run: async ({ body }) => {
        const { id, environment } = body as TagUpdate;
        ended.push(environment);
        at.records = at.records.filter(({ update }) => update.id !== id);
      },
    },
    now: () => new Date(at.time),
  });
  return { at, ended, endGone };
}

test('a waiting update whose environment takes other tags by now is delivered at once, so it ends', async () => {
  const { at, ended, endGone } = bench();
  await endGone(noLog);
  expect(ended).toEqual([]);
  at.table = tableOf(text.replace(`live: { tags: { match: '^(`, `live: { tags: { match: '^v(`));
  await endGone(noLog);
  expect(ended).toEqual(['live']);
});

test('an update that a process with former routes records afterwards ends within an hour', async () => {
  const { at, ended, endGone } = bench();
  const late = at.records;
  at.records = [];
  at.table = tableOf(text.replace(/ +dev: .*\n/, ''));
  await endGone(noLog);
  at.records = late;
  at.time += hour / 2;
  await endGone(noLog);
  expect(at.lists).toBe(1);
  at.time += hour / 2;
  await endGone(noLog);
  expect(ended).toEqual(['dev']);
});
