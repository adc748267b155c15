import { expect, test } from 'vitest';
import { settlingBench, syncResult } from '../../support/settling.ts';
import type { Said } from '../../support/settling.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops }
routes:
  shop:
    image: contoso.azurecr.io/shop
    update: []
    application: 'argocd/shop-pr-{pr}'
    environments: { pr: { tags: { match: '^pr-(?<pr>\\d+)-(\\d+)$', order: numeric } } }
`;

const image = (tag: string): string => `contoso.azurecr.io/shop:${tag}`;

/** Minutes after 10:00; the images are pushed at 11:00, the minute 60. */
function shows(pr: number, said: Partial<Said>) {
  const application = `argocd/shop-pr-${pr}`;
  return syncResult({ application, revision: 'c'.repeat(40), reconciledAt: 70, ...said });
}

async function bench() {
  const made = await settlingBench({ files: { 'README.md': 'apps\n' }, routes });
  const tip = await made.tip();
  return {
    ...made,
    push: async (tag: string) => {
      const update = { ...made.update('shop', tag), pushedAt: made.now().toISOString() };
      expect(await made.apply(update)).toMatchObject({ kind: 'awaited' });
      await made.work();
      return update;
    },
    isUnwritten: async () => (await made.tip()) === tip,
  };
}

test('a push is recorded without a write, and settles by a healthy result that was reconciled after it', async () => {
  const { push, hear, stateOf, store, isUnwritten } = await bench();
  const update = await push('pr-17-3');
  expect(await store.find(update)).toMatchObject({
    state: 'committed',
    edits: [],
    applications: ['argocd/shop-pr-17'],
  });
  expect((await store.find(update))?.commit).toBeUndefined();

  const operation = { startedAt: 61, finishedAt: 62 };
  const images = [image('pr-17-3')];
  await hear(shows(17, { images, reconciledAt: 59 }));
  expect(await stateOf(update)).toBe('committed');
  await hear(shows(17, { images: [image('pr-17-2')], operation }));
  expect(await stateOf(update)).toBe('committed');
  await hear(shows(18, { images, operation }));
  expect(await stateOf(update)).toBe('committed');
  await hear(shows(17, { images, operation, health: 'Progressing' }));
  expect(await stateOf(update)).toBe('syncing');
  await hear(shows(17, { images, operation, reconciledAt: 71 }));
  expect(await stateOf(update)).toBe('healthy');
  expect(await isUnwritten()).toBe(true);
});

test('of two images of a pull request the newest wins, and those of others wait for their own application', async () => {
  const { push, hear, stateOf } = await bench();
  const [older, newer, other] = [await push('pr-17-3'), await push('pr-17-4'), await push('pr-9-99')];
  await hear(shows(17, { images: [image('pr-17-4')], operation: { startedAt: 61, finishedAt: 62 } }));
  expect([await stateOf(older), await stateOf(newer), await stateOf(other)]).toEqual([
    'superseded',
    'healthy',
    'committed',
  ]);
});

test('the result before the record, a failed operation, and a second delivery', async () => {
  const { push, hear, stateOf, apply, store } = await bench();
  await hear(shows(17, { images: [image('pr-17-3')], operation: { startedAt: 61, finishedAt: 62 } }));
  const update = await push('pr-17-3');
  expect(await stateOf(update)).toBe('healthy');
  expect(await apply(update)).toMatchObject({ kind: 'done-before', state: 'healthy' });

  const failing = await push('pr-18-1');
  const operation = { phase: 'Failed', startedAt: 61, finishedAt: 62 } as const;
  await hear(shows(18, { images: [image('pr-18-1')], operation, message: 'forbidden' }));
  expect(await store.find(failing)).toMatchObject({ state: 'failed', reason: 'argocd/shop-pr-18: forbidden' });
});
