import { expect, test } from 'vitest';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { listRecords } from '../../../src/lib/deployments/lists/list-records.ts';
import { rowKeys } from '../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { connectTable } from '../../../src/lib/storage/table-client.ts';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { replayAll } from '../../../src/lib/delivery/replay.ts';
import type { ReplayCursor } from '../../../src/lib/delivery/replay-cursor.ts';
import { findAwaited } from '../../../src/lib/gates/find-awaited.ts';
import { newGate } from '../../support/gate.ts';
import { seedRecords } from '../../support/seed-records.ts';
import { countedTable } from '../../support/counted-table.ts';

function updateOf(route: string, environment: string, tag: string): TagUpdate {
  const image = { registry: 'contoso.azurecr.io', repository: route, tag };
  const id = updateId(route, environment, image, false);
  return { id, route, environment, image, pushedAt: '2026-11-20T10:00:00.000Z', cause: { kind: 'push' } };
}

function at(second: number): Date {
  return new Date(Date.UTC(2026, 10, 20, 12, 0, second));
}

function recordOf(update: TagUpdate, state: DeploymentState, second: number): Deployment {
  const record = queued(update, 'https://dev.azure.com/contoso/platform/_git/gitops', at(second));
  return state === 'queued' ? record : moveTo(record, state, { commit: 'c'.repeat(40) }, at(second));
}

const findEnvironment = () => Promise.resolve(undefined);

async function bench() {
  const { settings, uncounted, requestsOf } = await countedTable();
  const index = makeDeploymentIndex(makeTableRows(settings));
  const store = makeTableStore(makeTableRows(uncounted));
  const listing = { rows: makeTableRows(uncounted), now: () => new Date() };
  await listRecords(() => undefined, listing);
  // Whether former records exist is asked once a minute.
  await index.list({}, { limit: 1 });
  return { index, store, settings, uncounted, requestsOf };
}

const states = ['queued', 'committed', 'superseded', 'healthy'] as const;

test('a page of any filter: at most 20 requests and one per 10 rows; no page is empty', async () => {
  const { index, uncounted, requestsOf } = await bench();
  const records = Array.from({ length: 400 }, (_, n) => {
    const route = n % 97 === 0 ? 'rare' : `r${n % 7}`;
    const update = updateOf(route, n % 50 === 0 ? 'prod' : 'dev', n % 2 === 0 ? 'latest' : String(n));
    const state = n % 100 === 5 ? 'degraded' : (states[n % states.length] ?? 'queued');
    return recordOf({ ...update, id: n.toString(16).padStart(32, '0') }, state, n);
  });
  await seedRecords(records, uncounted);
  const filters = [
    {},
    { state: 'degraded' },
    { state: 'superseded', route: 'rare' },
    { route: 'rare' },
    { environment: 'prod' },
    { image: 'contoso.azurecr.io/rare' },
    { route: 'r3', environment: 'dev' },
    { route: 'r3', state: 'superseded' },
    { tag: 'latest', route: 'rare' },
    { tag: 'latest' },
    { commit: 'c'.repeat(40) },
  ] as const;
  for (const filter of filters) {
    const found: Deployment[] = [];
    for (let after: string | undefined; ;) {
      let next: string | undefined;
      let size = 0;
      const requests = await requestsOf(async () => {
        const page = await index.list(filter, { limit: 50, ...(after !== undefined && { after }) });
        found.push(...page.deployments);
        size = page.deployments.length;
        next = page.next;
      });
      expect(requests.length, JSON.stringify(filter)).toBeLessThanOrEqual(20 + size / 10);
      expect(size, JSON.stringify(filter)).toBeGreaterThan(0);
      after = next;
      if (after === undefined) break;
    }
    const expected = records
      .filter(({ update, state, commit }) => {
        const shown = { state, commit, ...update, image: `contoso.azurecr.io/${update.route}`, tag: update.image.tag };
        return Object.entries(filter).every(([name, value]) => shown[name as keyof typeof shown] === value);
      })
      .toReversed();
    expect(found.map(({ update }) => update.id)).toEqual(expected.map(({ update }) => update.id));
  }
});

test('a state without records costs one request, whatever was in it before', async () => {
  const { index, store, requestsOf } = await bench();
  for (let n = 0; n < 30; n += 1) {
    const update = updateOf('api', 'dev', String(n));
    await store.update(update, () => recordOf(update, 'rejected', n));
    await store.update(update, (current) => current && moveTo(current, 'healthy', {}, at(n)));
  }
  const requests = await requestsOf(async () => {
    expect(await index.list({ state: 'rejected' }, { limit: 50 })).toEqual({ deployments: [] });
  });
  expect(requests).toHaveLength(1);
});

test('from push to commit a record has at most 4 rows and costs at most 5 requests', async () => {
  const { settings, requestsOf } = await bench();
  const rows = makeTableRows(settings);
  const store = makeTableStore(rows);
  const before = await rowKeysOf(settings);
  const count = 20;
  const requests = await requestsOf(async () => {
    for (let n = 0; n < count; n += 1) {
      const update = updateOf('api', 'dev', String(n));
      await store.update(update, () => recordOf(update, 'queued', n));
      const commit = n.toString(16).padStart(40, '0');
      await store.update(update, (current) => current && moveTo(current, 'committed', { commit }, at(n)));
    }
  });
  expect(requests.length / count).toBeLessThanOrEqual(5);
  const all = (await rowKeysOf(settings)).filter((key) => !before.includes(key));
  // Records share the rows of their image, route, environment and hour.
  const prefixes = [rowKeys.images, rowKeys.environments, rowKeys.changed, rowKeys.pairs];
  const shared = all.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
  expect(shared).toHaveLength(6);
  expect((all.length - shared.length) / count).toBeLessThanOrEqual(4);
});

const build = {
  collection: 'https://dev.azure.com/contoso',
  project: 'shop',
  id: 1240,
  number: '20261120.1',
  url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=1240',
  definition: { id: 7, name: 'api' },
  sourceBranch: 'refs/heads/main',
  sourceVersion: 'e'.repeat(40),
  reason: 'individualCI',
  trusted: true,
};
const applications = ['argocd/api'];

/** The changes of a record with everything that it can be looked up by. */
function stepsOf(n: number, causes: 'promotion' | 'push'): Readonly<Record<string, (one: Deployment) => Deployment>> {
  const hex = (prefix: string): string => prefix + n.toString(16).padStart(40 - prefix.length, '0');
  const step =
    (...[state, details]: [DeploymentState, Partial<Deployment>?]) =>
    (one: Deployment): Deployment =>
      moveTo(one, state, details ?? {}, at(n));
  const progress = { 'argocd/api': { state: 'healthy', at: at(n).toISOString(), runs: true } } as const;
  const health = { digest: `sha256:${hex('d')}${'0'.repeat(24)}` };
  return {
    origin: (one) => ({ ...one, build: { ...build, id: n + 1 }, source: { commit: hex('e') } }),
    proposed: step('pull-request', { pullRequest: { number: n, url: 'https://dev.azure.com/contoso/pr' } }),
    committed: step('committed', { commit: hex('c'), applications, diff: '-1\n+2\n' }),
    previewed: step('committed', { edits: [], applications }),
    syncing: step('syncing'),
    healthy: (one) => ({ ...step('healthy')(one), progress, ...(causes === 'promotion' && { health }) }),
    superseded: step('superseded', { supersededBy: '9' }),
    rejected: step('rejected', { reason: 'no' }),
  };
}

test.each([
  ['of a push', 'push', ['committed', 'syncing', 'healthy']],
  ['with digest, build and source', 'push', ['origin', 'committed', 'syncing', 'healthy']],
  ['of a pull request', 'push', ['origin', 'proposed', 'committed', 'healthy']],
  ['of a promotion', 'promotion', ['origin', 'committed', 'syncing', 'healthy']],
  ['of a preview', 'push', ['origin', 'previewed', 'syncing', 'healthy']],
  ['that another replaced in its pull request', 'push', ['origin', 'proposed', 'superseded']],
  ['that was rejected', 'push', ['origin', 'rejected']],
] as const)('a record %s has at most 4 rows at its end, and cost at most 5 requests', async (_name, cause, names) => {
  const { settings, requestsOf } = await bench();
  const store = makeTableStore(makeTableRows(settings));
  const count = 5;
  // The first write creates the table.
  await store.update(updateOf('web', 'dev', '1'), () => recordOf(updateOf('web', 'dev', '1'), 'queued', 1));
  const before = await rowKeysOf(settings);
  const requests = await requestsOf(async () => {
    for (let n = 0; n < count; n += 1) {
      const plain = updateOf('api', 'dev', String(n));
      const digest = `sha256:${n.toString(16).padStart(64, '0')}`;
      const from = [{ environment: 'test', id: 'a'.repeat(32) }];
      const update: TagUpdate = {
        ...plain,
        image: { ...plain.image, ...(names.includes('origin' as never) && { digest }) },
        ...(cause === 'promotion' && { cause: { kind: 'promotion', from } }),
      };
      await store.update(update, () => recordOf(update, 'queued', n), { isNew: true });
      const steps = stepsOf(n, cause);
      for (const name of names) await store.update(update, (current) => current && steps[name]?.(current));
    }
  });
  expect(requests.length / count).toBeLessThanOrEqual(5);
  const { images, environments, changed, pairs, waiting } = rowKeys;
  const shared = [images, environments, changed, pairs, 'users|', waiting];
  const own = (await rowKeysOf(settings)).filter(
    (key) => !before.includes(key) && !shared.some((prefix) => key.startsWith(prefix)),
  );
  expect(own.length / count).toBeLessThanOrEqual(4);
});

async function rowKeysOf(settings: { readonly AzureWebJobsStorage: string }): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { rowKey = '' } of (await connectTable(settings, {})).listEntities()) keys.push(rowKey);
  return keys;
}

test('a gate on a moving tag with 1,500 records costs at most 10 requests, with named routes and without', async () => {
  const { index, store, uncounted, requestsOf } = await bench();
  const records = Array.from({ length: 1_500 }, (_, n) => {
    const update = { ...updateOf(`r${n % 4}`, 'dev', 'latest'), id: n.toString(16).padStart(32, '0') };
    return recordOf(update, n < 1_400 ? 'superseded' : 'healthy', n);
  });
  await seedRecords(records, uncounted);
  for (const routes of [['r0', 'r1', 'r2', 'r3'], undefined]) {
    const selector = { kind: 'tag', tag: 'latest' } as const;
    const { task, question } = newGate({ selector, ...(routes && { routes }) });
    const requests = await requestsOf(async () => {
      const awaited = await findAwaited({ task, question }, { index, store, findEnvironment });
      expect(new Set(awaited.map(({ deployment }) => Number.parseInt(deployment.update.id, 16)))).toEqual(
        new Set([1_496, 1_497, 1_498, 1_499]),
      );
    });
    expect(requests.length).toBeLessThanOrEqual(10);
  }
});

test('replay of all with nothing to do costs at most 10 requests, whatever was rejected before', async () => {
  const { index, store, requestsOf } = await bench();
  for (let n = 0; n < 30; n += 1) {
    const update = updateOf('api', 'dev', String(n));
    await store.update(update, () => recordOf(update, n % 2 === 0 ? 'rejected' : 'abandoned', n));
    await store.update(update, (current) => current && moveTo(current, 'healthy', {}, at(n)));
  }
  let messages = 0;
  const hold = () => {
    messages += 1;
    return Promise.resolve([]);
  };
  const deps = { store, index, send: () => Promise.reject(new Error('nothing is sent')), hold, now: () => at(59) };
  const requests = await requestsOf(async () => {
    for (let next: ReplayCursor | undefined, isFirst = true; isFirst || next; isFirst = false) {
      const replayed = await replayAll({}, next, deps);
      expect(replayed).toMatchObject({ updates: [], messages: 0 });
      next = replayed.next;
    }
  });
  expect(requests.length + messages).toBeLessThanOrEqual(10);
});
