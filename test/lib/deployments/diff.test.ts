import { expect, test } from 'vitest';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { deploymentSchema } from '../../../src/lib/deployments/deployment-schema.ts';
import { recordsPartition, rowKeys } from '../../../src/lib/deployments/record-rows.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const makeRows = sharedTable();
const at = new Date('2026-11-20T10:00:00.000Z');

function updateOf(tag: string) {
  const image = { registry: 'contoso.azurecr.io', repository: 'api', tag };
  const cause = { kind: 'push' as const };
  return {
    id: updateId('api', 'dev', image, false),
    route: 'api',
    environment: 'dev',
    image,
    pushedAt: at.toISOString(),
    cause,
  };
}

test('the diff of a commit stays through later states, is in no list, and is removed with its record', async () => {
  const rows = makeRows();
  const [store, index] = [makeTableStore(rows), makeDeploymentIndex(rows)];
  const update = updateOf('1');
  const committed = { commit: 'c'.repeat(40), diff: '-1\n+2\n' };
  await store.update(update, () => moveTo(queued(update, '', at), 'committed', committed, at));
  await store.update(update, (current) => current && moveTo(current, 'syncing', {}, at));
  await store.update(update, (current) => current && moveTo(current, 'superseded', { reason: 'another' }, at));
  expect(await store.find(update)).not.toHaveProperty('diff');
  expect(await index.findDiff(update.id)).toBe('-1\n+2\n');
  expect((await index.list({}, { limit: 5 })).deployments).toHaveLength(1);
  await store.remove(update);
  expect(await index.findDiff(update.id)).toBeUndefined();
});

test('the diff stays when a listed record is replaced', async () => {
  const rows = makeRows();
  const [store, index] = [makeTableStore(rows), makeDeploymentIndex(rows)];
  const update = updateOf('4');
  const details = { commit: 'e'.repeat(40), applications: ['argocd/api'], diff: '-3\n+4\n' };
  await store.update(update, () => moveTo(queued(update, '', at), 'committed', details, at));
  const [listed] = await rows.page(recordsPartition, deploymentSchema, {
    prefix: rowKeys.open('argocd/api'),
    limit: 1,
  });
  if (listed?.etag === undefined) throw new Error('The record is not listed.');
  const change = {
    rowKey: listed.rowKey.slice(rowKeys.open('argocd/api').length),
    etag: listed.etag,
    listed: listed.value,
    next: moveTo(listed.value, 'superseded', { reason: 'another' }, at),
  };
  expect(await store.replaceListed('argocd/api', [change])).toEqual([true]);
  expect(await store.find(update)).toMatchObject({ state: 'superseded' });
  expect(await index.findDiff(update.id)).toBe('-3\n+4\n');
});

test('a record without a known diff has none, and is removed too', async () => {
  const rows = makeRows();
  const [store, index] = [makeTableStore(rows), makeDeploymentIndex(rows)];
  const [waiting, foreign] = [updateOf('2'), updateOf('3')];
  await store.update(waiting, () => moveTo(queued(waiting, '', at), 'queued', { changes: 'a', diff: 'would' }, at));
  await store.update(foreign, () => moveTo(queued(foreign, '', at), 'committed', { commit: 'd'.repeat(40) }, at));
  expect(await index.findDiff(waiting.id)).toBeUndefined();
  for (const update of [waiting, foreign]) {
    await store.remove(update);
    expect(await store.find(update)).toBeUndefined();
  }
});
