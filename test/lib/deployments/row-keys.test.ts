import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { applicationKey } from '../../../src/lib/deployments/application-key.ts';
import { environmentPartition } from '../../../src/lib/deployments/environment-partition.ts';
import { makeMissedPushes } from '../../../src/lib/deployments/missed-pushes.ts';
import { rowKeys, rowsBeside } from '../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { rowKey as freezeRow } from '../../../src/lib/delivery/windows/freeze-row.ts';
import { makePostedStore } from '../../../src/lib/effects/posted.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import type { TableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDueStore } from '../../../src/lib/work/due-store.ts';

const unused = () => Promise.reject(new Error('not used'));

/** Rows that keep the keys of what is written. */
function recordingRows(): { readonly rows: TableRows; readonly keys: string[] } {
  const keys: string[] = [];
  const note = (partitionKey: string, rowKey: string): Promise<void> => {
    keys.push(partitionKey, rowKey);
    return Promise.resolve();
  };
  const rows: TableRows = {
    put: note,
    change: note,
    remove: note,
    read: () => Promise.resolve(undefined),
    list: unused,
    listBelow: unused,
    page: unused,
    removeRead: unused,
    writeGroups: unused,
    removeUnchanged: unused,
  };
  return { rows, keys };
}

/** Table Storage: 1 KiB in UTF-16, none of these characters. */
const refused = /[/\\#?%\p{Cc}\p{Surrogate}]/u;
const names = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }),
  fc.string({ unit: fc.constantFrom('ル', '🚀', 'a', '/', '#', '?', '\\'), minLength: 400, maxLength: 500 }),
);

const at = new Date('2026-11-20T10:00:00.000Z');

async function writtenKeys(route: string, environment: string, url: string): Promise<readonly string[]> {
  const { rows, keys } = recordingRows();
  const image = { registry: 'contoso.azurecr.io', repository: 'shop/api', tag: '1.0' };
  const id = updateId(route, environment, image, false);
  const update = { id, route, environment, image, pushedAt: at.toISOString(), cause: { kind: 'push' as const } };
  const store = makeTableStore(rows);
  const change = { id: 'x', at: at.toISOString(), reason: 'r', mark: undefined };
  await store.setMark({ route, environment }, change);
  await store.update(update, () => queued(update, url, at));
  await store.recordIntent({ id: 'x', target: `${url}#main`, base: 'c', updates: [update], at: at.toISOString() });
  await store.updateSourceBranch(`${url}#${route}`, () => undefined);
  await makeMissedPushes(rows, () => new Date(0)).note({
    kind: 'no-route',
    image: route,
    tag: '1',
    reason: 'r',
    route,
    environment,
    at: at.toISOString(),
  });
  await makeDueStore(rows).arm({
    key: `held ${route} ${environment}`,
    at: at.toISOString(),
    job: { kind: 'tag-update', body: {} },
  });
  await makePostedStore(rows).put(`${url} ${route}`, { name: environment, value: 'v', done: true });
  const committed = moveTo(queued(update, url, at), 'committed', { commit: 'c'.repeat(40), applications: [route] }, at);
  const beside = rowsBeside(committed, undefined).map(({ rowKey }) => rowKey);
  const others = [applicationKey(route), freezeRow({ route, environment }), rowKeys.open(route)];
  return [...keys, ...beside, ...others];
}

test('Table Storage takes the keys of every row, however long the names are and whatever letters they have', async () => {
  await fc.assert(
    fc.asyncProperty(names, names, names, async (route, environment, name) => {
      for (const key of await writtenKeys(route, environment, `https://git.contoso.example/${name}`)) {
        expect(key.length).toBeLessThanOrEqual(512);
        expect(key).not.toMatch(refused);
      }
    }),
    { numRuns: 60 },
  );
});

test('long names that begin alike have keys of their own', async () => {
  const long = 'ルート'.repeat(160);
  const partitions = ['a', 'b'].map((end) => environmentPartition({ route: long + end, environment: 'dev' }));
  expect(new Set(partitions).size).toBe(2);
  const { rows, keys } = recordingRows();
  const due = makeDueStore(rows);
  for (const end of ['a', 'b'])
    await due.arm({ key: long + end, at: at.toISOString(), job: { kind: 'tag-update', body: {} } });
  expect(new Set(keys).size).toBe(3);
});
