import { expect, test } from 'vitest';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { makeTableStore } from '../../../src/lib/deployments/table-store.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { updateId } from '../../../src/lib/model/tag-update.ts';
import { findStarved } from '../../../src/lib/promotion/starved.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const newRows = sharedTable();
const minute = (number: number) => new Date(Date.UTC(2026, 10, 20, 10, number));

/** Promotions of an environment, the oldest first. */
async function bench() {
  const rows = newRows();
  const store = makeTableStore(rows);
  let at = 0;
  const end = async (environment: string, code: 'soak-replaced' | 'taken-back' | 'healthy' | 'queued') => {
    at += 1;
    const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: String(at) };
    const id = updateId('shop/api', environment, image, false);
    const cause = { kind: 'push' } as const;
    const update = { id, route: 'shop/api', environment, image, pushedAt: minute(at).toISOString(), cause };
    const record = queued(update, '', minute(at));
    const [state, details] = code === 'healthy' || code === 'queued' ? [code, {}] : ['rejected' as const, { code }];
    await store.update(update, () => moveTo(record, state, details, minute(at)));
  };
  return { end, starved: () => findStarved(makeDeploymentIndex(rows)) };
}

test('[starved] health lists an environment whose last five promotions were replaced in their soak', async () => {
  const { end, starved } = await bench();
  await end('prod', 'healthy');
  for (let count = 0; count < 4; count += 1) await end('prod', 'soak-replaced');
  expect(await starved()).toEqual([]);
  await end('prod', 'soak-replaced');
  await end('prod', 'queued');
  const expected = [{ route: 'shop/api', environment: 'prod', since: minute(6).toISOString() }];
  expect(await starved()).toEqual(expected);
  await end('test', 'soak-replaced');
  expect(await starved()).toEqual(expected);
});

test.each(['healthy', 'taken-back'] as const)('[starved] one that ended %s ends it', async (code) => {
  const { end, starved } = await bench();
  for (let count = 0; count < 5; count += 1) await end('prod', 'soak-replaced');
  await end('prod', code);
  expect(await starved()).toEqual([]);
  for (let count = 0; count < 4; count += 1) await end('prod', 'soak-replaced');
  expect(await starved()).toEqual([]);
});
