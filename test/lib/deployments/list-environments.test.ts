import { expect, test } from 'vitest';
import { listEnvironments } from '../../../src/lib/deployments/list-environments.ts';
import type { EnvironmentList } from '../../../src/lib/deployments/list-environments.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { DeploymentState } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { makeSettleStore } from '../../../src/lib/settling/settle-store.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { countedTable } from '../../support/counted-table.ts';
import { seedRecords } from '../../support/seed-records.ts';

const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';

function updateOf(route: string, environment: string, tag: string): TagUpdate {
  const image = { registry: 'contoso.azurecr.io', repository: route, tag };
  const id = updateId(route, environment, image, false);
  return { id, route, environment, image, pushedAt: '2026-11-20T10:00:00.000Z', cause: { kind: 'push' } };
}

function at(second: number): Date {
  return new Date(Date.UTC(2026, 10, 20, 12, 0, second));
}

async function bench() {
  const { settings, uncounted, requestsOf } = await countedTable();
  const rows = makeTableRows(settings);
  const store = makeTableStore(makeTableRows(uncounted));
  const insert = async (tag: string, second: number, environment = 'dev', route = 'api') => {
    const update = updateOf(route, environment, tag);
    await store.update(update, () => queued(update, repository, at(second)));
    return {
      update,
      move: (state: DeploymentState, when: number, details: Parameters<typeof moveTo>[2] = {}) =>
        store.update(update, (current) => current && moveTo(current, state, details, at(when))),
    };
  };
  const list = async () => (await listEnvironments(rows)).environments;
  return { rows, store, insert, list, uncounted, requestsOf };
}

const commit = { commit: 'c'.repeat(40) };

test('an environment has its last commit, its state, and the update that waits', async () => {
  const { insert, list } = await bench();
  const first = await insert('1', 0);
  expect(await list()).toMatchObject([
    { route: 'api', environment: 'dev', next: { tag: '1', state: 'queued' }, queued: 1 },
  ]);
  await first.move('committed', 1, commit);
  await first.move('syncing', 2, commit);
  await first.move('healthy', 3, commit);
  expect(await list()).toEqual([
    {
      route: 'api',
      environment: 'dev',
      image: 'contoso.azurecr.io/api',
      deployed: expect.objectContaining({
        id: first.update.id,
        tag: '1',
        state: 'healthy',
        committedAt: at(1).toISOString(),
        since: at(3).toISOString(),
        cause: { kind: 'push' },
        ...commit,
      }),
      queued: 0,
    },
  ]);
  const second = await insert('2', 10);
  expect(await list()).toMatchObject([{ deployed: { tag: '1', state: 'healthy' }, next: { tag: '2' }, queued: 1 }]);
  await second.move('rejected', 11, { code: 'file-not-found', reason: 'no file' });
  expect(await list()).toMatchObject([
    {
      deployed: { tag: '1' },
      next: { tag: '2', state: 'rejected', code: 'file-not-found', reason: 'no file' },
      queued: 0,
    },
  ]);
  await second.move('committed', 12, commit);
  const [now] = await list();
  expect(now).toMatchObject({ deployed: { tag: '2', state: 'committed' } });
  expect(now).not.toHaveProperty('next');
});

test('a later change of an earlier deployment hides nothing of the last commit', async () => {
  const { insert, list } = await bench();
  const [first, second] = [await insert('1', 0), await insert('2', 1)];
  await first.move('committed', 2, commit);
  await second.move('committed', 3, commit);
  await second.move('failed', 4, commit);
  await first.move('healthy', 5, commit);
  expect(await list()).toMatchObject([{ deployed: { tag: '2', state: 'failed' } }]);
  // The earlier one now holds the column of the state that the last commit is in.
  await first.move('failed', 6, commit);
  expect(await list()).toMatchObject([{ deployed: { tag: '2', state: 'failed' } }]);
});

test('an update whose tag the registry moved does not wait', async () => {
  const { insert, list } = await bench();
  const moved = await insert('1', 0);
  await moved.move('rejected', 1, { code: 'tag-moved', supersededBy: '1@sha256:b' });
  const [environment] = await list();
  expect(environment?.next).toBeUndefined();
});

test('a pull request that was closed does not wait, though another update was rejected since', async () => {
  const { insert, list } = await bench();
  const proposed = await insert('1', 0);
  await proposed.move('pull-request', 1, { pullRequest: { number: 7, url: 'https://dev.azure.com/pr/7' } });
  expect(await list()).toMatchObject([{ next: { tag: '1', pullRequest: { number: 7 } } }]);
  await proposed.move('superseded', 2);
  const other = await insert('2', 3);
  await other.move('superseded', 4);
  await proposed.move('rejected', 5);
  await other.move('rejected', 6);
  expect(await list()).toMatchObject([{ next: { tag: '2', state: 'rejected' } }]);
});

test('of deployments that change in one transaction, the first one has the column of their state', async () => {
  const { insert, list, store, rows } = await bench();
  const application = 'argocd/api';
  for (const [n, tag] of ['1', '2', '3'].entries()) {
    const { move } = await insert(tag, n);
    await move('committed', 10 + n, { ...commit, applications: [application] });
  }
  // The newest first.
  const open = await makeSettleStore(rows).open(application, { limit: 10 });
  const written = await store.replaceListed(
    application,
    open.map(({ rowKey, etag = '', deployment }) => {
      const state = deployment.update.image.tag === '2' ? 'superseded' : 'degraded';
      return { rowKey, etag, listed: deployment, next: moveTo(deployment, state, { reason: 'crash' }, at(30)) };
    }),
  );
  expect(written).toEqual([true, true, true]);
  expect(await list()).toMatchObject([{ deployed: { tag: '3', state: 'degraded', reason: 'crash' } }]);
});

test('a preview whose pull request has ended is not shown, also where another record has overwritten its column', async () => {
  const { insert, list } = await bench();
  const ended = { code: 'pull-request-closed', reason: 'pull request 7 was merged' } as const;
  const [older, newer] = [await insert('pr-9-1', 0), await insert('pr-7-2', 1)];
  await older.move('committed', 2);
  await newer.move('committed', 3);
  await newer.move('healthy', 4);
  expect(await list()).toMatchObject([{ deployed: { tag: 'pr-7-2', state: 'healthy' } }]);
  await newer.move('superseded', 5, ended);
  expect(await list()).toMatchObject([]);
  await older.move('superseded', 6);
  expect(await list()).toMatchObject([]);
});

test('the cost does not grow with the deployments: 1,100 environments cost 3 requests', async () => {
  const { rows, uncounted, requestsOf } = await bench();
  const count = 1_100;
  const records = Array.from({ length: count + 10 }, (_, n) => {
    const update = updateOf(`shop/service-${n % count}`, 'dev', String(n));
    const record = queued(update, repository, at(n));
    return n < count ? moveTo(record, 'healthy', commit, at(n)) : record;
  });
  await seedRecords(records, uncounted);
  let found: EnvironmentList | undefined;
  const requests = await requestsOf(async () => {
    found = await listEnvironments(rows);
  });
  expect(requests).toHaveLength(3);
  expect(found?.environments).toHaveLength(count);
  expect(found?.environments.filter(({ next }) => next)).toHaveLength(10);
  expect(found?.environments.every(({ deployed }) => deployed?.state === 'healthy')).toBe(true);
});
