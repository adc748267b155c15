import { expect, test } from 'vitest';
import { readOnce } from '../../../src/lib/deployments/read-once.ts';
import type { DeploymentStore } from '../../../src/lib/deployments/store.ts';
import { queued } from '../../../src/lib/model/deployment.ts';
import { updateOf } from '../../support/app-api.ts';

const [first, second] = ['1', '2'].map((tag) =>
  queued(
    updateOf('shop/api', 'dev', 'shop/api', tag),
    'https://dev.azure.com/contoso/platform/_git/gitops',
    new Date(),
  ),
);

test('a record is read once, until it changes through the same store', async () => {
  if (!first || !second) throw new Error('two records');
  const reads: string[] = [];
  const store = readOnce({
    find: ({ id }: { readonly id: string }) => {
      reads.push(id);
      return Promise.resolve(id === first.update.id ? first : second);
    },
    update: () => Promise.resolve(),
  } as unknown as DeploymentStore);
  expect(await Promise.all([store.find(first.update), store.find(first.update)])).toEqual([first, first]);
  expect(await store.find(second.update)).toBe(second);
  await store.update(first.update, () => undefined);
  expect(await store.find(first.update)).toBe(first);
  expect(await store.find(second.update)).toBe(second);
  expect(reads).toEqual([first.update.id, second.update.id, first.update.id]);
});
