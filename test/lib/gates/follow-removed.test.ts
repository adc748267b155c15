import { expect, test } from 'vitest';
import type { OpenGate } from '../../../src/lib/gates/gate.ts';
import { makeFollowRemoved } from '../../../src/lib/gates/follow-removed.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';

const noLog = (): void => {};

const gate = (id: string, routes: readonly string[], found: readonly string[] = []): OpenGate => ({
  id,
  collection: 'https://dev.azure.com/fabrikam',
  environment: 'dev',
  routes,
  selector: { kind: 'tag', tag: '7' },
  found,
});

function tableOf(...names: readonly string[]) {
  const routes = names.map(
    (name) =>
      `  ${name}:\n    image: contoso.azurecr.io/${name}\n    repository: https://dev.azure.com/contoso/platform/_git/gitops\n    update: [{ file: ${name}.yaml, helm: { tag: image.tag } }]\n    environments: { dev: { delivery: commit, tags: { order: newest } } }\n`,
  );
  const hosts = { azureDevOpsCollections: [], registries: [] };
  const { table } = loadRoutes([{ setting: 'routes.yaml', text: `routes:\n${routes.join('')}` }], hosts);
  if (!table) throw new Error('the routes of the test do not load');
  return table;
}

test('routes that lose a name evaluate the gates that wait for it, once', async () => {
  const jobs: (readonly string[])[] = [];
  let table = tableOf('api', 'web');
  const follow = makeFollowRemoved({
    gates: {
      open: () =>
        Promise.resolve([
          gate('waits', ['web', 'api']),
          gate('found', ['web'], ['web']),
          gate('glob', ['w*']),
          gate('other', ['api']),
        ]),
    },
    routes: () => Promise.resolve(table),
    send: async ({ body }) => void jobs.push((body as { readonly ids: readonly string[] }).ids),
  });

  await follow(noLog);
  expect(jobs).toEqual([]);
  table = tableOf('api');
  await follow(noLog);
  await follow(noLog);
  expect(jobs).toEqual([['waits']]);
});
