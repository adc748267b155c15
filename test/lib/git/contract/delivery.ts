import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStorage } from '../../../../local/storage/storage.ts';
import { makeTableRows } from '../../../../src/lib/storage/table-rows.ts';
import { makeTableStore } from '../../../../src/lib/deployments/table-store.ts';
import { loadRoutes } from '../../../../src/lib/routes/load.ts';
import { BranchWriter } from '../../../../src/lib/delivery/branch-writer.ts';
import { commitGroup } from '../../../../src/lib/delivery/commit-group.ts';
import { makeNamedEnvironments } from '../../../../src/lib/delivery/restore/named-environments.ts';
import { routeImage } from '../../../../src/lib/delivery/plan/route-image.ts';
import { gitText } from '../../../support/bare-repository.ts';
import { seed, valuesFile } from './contract-host.ts';
import type { GetHost } from './contract-host.ts';

/** Only the adapter under test knows where the repository is. */
const routes = `
routes:
  payments:
    image: contoso.azurecr.io/payments
    repository: https://dev.azure.com/contoso/platform/_git/gitops
    delivery: commit
    update: [{ file: ${valuesFile}, helm: { tag: tag } }]
    environments: { dev: { tags: { match: '^\\d+$', order: numeric } } }
`;

export function describeDelivery(getHost: GetHost): void {
  let storage: Awaited<ReturnType<typeof startStorage>>;
  beforeAll(async () => void (storage = await startStorage()));
  afterAll(() => storage.close());

  async function bench() {
    const { repository, ...made } = await seed(getHost);
    const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], { azureDevOpsCollections: [], registries: [] });
    const environment = table?.match('contoso.azurecr.io/payments')?.environments[0];
    if (!table || !environment) throw new Error('the routes of the test have errors');
    const deps = {
      store: makeTableStore(makeTableRows({ AzureWebJobsStorage: storage.connectionString })),
      now: () => new Date(),
      freezes: () => Promise.resolve({ freezes: [], readAt: new Date() }),
      newId: randomUUID,
      findEnvironment: () => Promise.resolve(environment),
      // What goes wrong goes wrong in the first try.
      sleep: () => Promise.resolve(getHost().mend()),
      random: () => 0,
      instance: 'this one',
      othersPushMs: 0,
      namedEnvironments: makeNamedEnvironments(),
      sendMoved: () => Promise.reject(new Error('no registry is asked')),
    };
    const target = { repository, branch: 'main', key: made.directory };
    const writer = new BranchWriter(target, {
      ...deps,
      commitGroup: (group) => commitGroup(group, target, deps),
      sleep: () => Promise.resolve(),
      now: () => new Date(),
    });
    return {
      ...made,
      deliver: async (tag: number) => {
        const image = { registry: 'contoso.azurecr.io', repository: 'payments', tag: String(tag) };
        const [routed] = routeImage(table, image, '2026-11-20T10:00:00.000Z').updates;
        if (!routed) throw new Error('the routes of the test take no such image');
        // Each test has its own ids, as all share one store.
        const update = { ...routed.update, id: randomUUID().replaceAll('-', ''), route: made.directory };
        return writer.submit({ update, environment });
      },
    };
  }

  describe('delivery', () => {
    test('of a newer tag is one commit', async () => {
      const { deliver, directory, first } = await bench();
      expect(await deliver(2)).toMatchObject({ kind: 'committed', previous: '1' });
      expect(await gitText(directory, 'rev-parse', 'main^')).toBe(first);
      expect(await gitText(directory, 'show', `main:${valuesFile}`)).toContain('"2"');
    });

    test('of what the file holds already is no commit', async () => {
      const { deliver, directory, first } = await bench();
      expect(await deliver(1)).toEqual({ kind: 'up-to-date', commit: first, branch: 'main' });
      expect(await gitText(directory, 'rev-parse', 'main')).toBe(first);
    });

    test('meets a tip that moves in that moment, and goes on top of it', async () => {
      const { deliver, directory, open, first } = await bench();
      getHost().beforePush(() =>
        open().push({
          branch: 'main',
          base: first,
          message: 'by hand',
          files: [{ path: valuesFile, content: Buffer.from('tag: "1" # seen\n') }],
        }),
      );
      expect(await deliver(2)).toMatchObject({ kind: 'committed' });
      expect(await gitText(directory, 'log', '--format=%s', 'main')).toMatch(/^deploy.*\nby hand\n/);
      expect(await gitText(directory, 'show', `main:${valuesFile}`)).toBe('tag: "2" # seen');
    });

    test('whose answer is lost is one commit, found by its trailer', async () => {
      const { deliver, directory } = await bench();
      getHost().breakStep('push', 'dropped-after');
      expect(await deliver(2)).toMatchObject({
        kind: 'committed',
        previous: '1',
        groupSize: 1,
      });
      expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
    });
  });
}
