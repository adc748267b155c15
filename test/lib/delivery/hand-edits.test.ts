import { describe, expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
`;
const values = (tag: string, comment = '') => `image:\n  tag: "${tag}"${comment}\n`;

async function bench() {
  const delivery = await deliveryBench({ routes, files: { 'api.yaml': values('1') } });
  const tip = async (): Promise<string> => (await git(['rev-parse', 'main'], delivery.bare)).trim();
  return { ...delivery, apply: delivery.worker(), tip };
}

describe('hand edits', () => {
  test('a newer tag that a person wrote stays; what is newer still goes on top of it', async () => {
    const { bare, apply, update } = await bench();
    await commitFiles(bare, { 'api.yaml': values('5', ' # pinned for the demo') }, 'by hand');
    expect(await apply(update('api', '4'))).toMatchObject({ kind: 'superseded', by: '5', isForeign: true });
    expect(await apply(update('api', '6'))).toMatchObject({ kind: 'committed', previous: '5' });
    expect(await fileAtTip(bare, 'api.yaml')).toBe(values('6', ' # pinned for the demo'));
  });

  test('an edit that comes between reading and pushing is kept', async () => {
    const { bare, store, worker, update, tip } = await bench();
    let edited = false;
    // The push intent is recorded after the files were read and before the push.
    const meddled = worker({
      store: {
        ...store,
        recordIntent: async (intent) => {
          if (!edited) await commitFiles(bare, { 'api.yaml': values('1', ' # by hand') }, 'by hand');
          edited = true;
          await store.recordIntent(intent);
        },
      },
    });
    expect(await meddled(update('api', '2'))).toMatchObject({ kind: 'committed', commit: await tip() });
    expect(await fileAtTip(bare, 'api.yaml')).toBe(values('2', ' # by hand'));
    expect(await commitCount(bare)).toBe(3);
  });

  test('a newer tag that comes between reading and pushing wins', async () => {
    const { bare, store, worker, update } = await bench();
    let edited = false;
    const meddled = worker({
      store: {
        ...store,
        recordIntent: async (intent) => {
          if (!edited) await commitFiles(bare, { 'api.yaml': values('9') }, 'by hand');
          edited = true;
          await store.recordIntent(intent);
        },
      },
    });
    expect(await meddled(update('api', '2'))).toMatchObject({ kind: 'superseded', by: '9' });
    expect(await fileAtTip(bare, 'api.yaml')).toBe(values('9'));
  });

  test('the value that a person wrote first is committed at their commit, and their revert of it stays', async () => {
    const { bare, apply, update, tip, store } = await bench();
    await commitFiles(bare, { 'api.yaml': values('2') }, 'by hand');
    const byHand = await tip();
    expect(await apply(update('api', '2'))).toMatchObject({ kind: 'up-to-date', commit: byHand });
    expect(await store.find(update('api', '2'))).toMatchObject({ state: 'committed', commit: byHand });
    await commitFiles(bare, { 'api.yaml': values('1') }, 'Revert "by hand"');
    expect(await apply(update('api', '2'))).toMatchObject({ kind: 'done-before', state: 'committed' });
    expect(await fileAtTip(bare, 'api.yaml')).toBe(values('1'));
  });
});
