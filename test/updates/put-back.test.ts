import { expect, test } from 'vitest';
import { makeTableRows } from '../../src/lib/azure/table-rows.ts';
import { makeDeploymentIndex } from '../../src/lib/deployments/deployment-index.ts';
import { recordQueued } from '../../src/lib/deployments/record-outcome.ts';
import { replayOne } from '../../src/lib/updates/replay.ts';
import type { TagUpdate } from '../../src/lib/updates/tag-update.ts';
import { deliveryBench } from '../support/delivery.ts';
import { commitFiles, fileAtTip } from '../support/platform.ts';
import { makeAsker, startStandIn } from '../support/registry.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  newest:
    image: contoso.azurecr.io/newest
    update: [{ file: newest.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { order: newest } } }
`;
const holding = (tag: string) => `image: { tag: ${tag} }\n`;

/** `first` is pushed again, and found up to date, while the push of `second`, which is older by now, is under way. */
async function crossed() {
  let now = new Date('2026-11-20T10:00:00Z');
  const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io', now: () => now });
  const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
  const bench = await deliveryBench({ routes, files: { 'newest.yaml': holding('first') } });
  const { store, worker, update, bare, connectionString } = bench;
  const index = makeDeploymentIndex(makeTableRows({ AzureWebJobsStorage: connectionString }), store);
  const sent: TagUpdate[] = [];
  const send = (_queue: string, message: unknown): Promise<void> => {
    sent.push(message as TagUpdate);
    return Promise.resolve();
  };
  const putBack = (id: string, from: string) => replayOne(id, { index, store, send, now: () => new Date() }, from);
  const queued = (tag: string) => recordQueued(update('newest', tag), '', store, new Date());
  standIn.pushImage({ repository: 'newest', tag: 'first' });
  now = new Date('2026-11-20T10:01:00Z');
  standIn.pushImage({ repository: 'newest', tag: 'second' });
  const other = worker({ registry });
  const apply = worker({
    registry,
    putBack,
    store: {
      ...store,
      announce: async (announcement) => {
        await store.announce(announcement);
        now = new Date('2026-11-20T10:02:00Z');
        standIn.pushImage({ repository: 'newest', tag: 'first' });
        expect(await other(await queued('first'))).toMatchObject({ kind: 'up-to-date' });
      },
    },
  });
  expect(await apply(await queued('second'))).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'newest.yaml')).toBe(holding('second'));
  const [replay] = sent;
  if (!replay || sent.length !== 1) throw new Error(`${sent.length} updates were put back`);
  return { ...bench, other, replay };
}

test('what an older push has overtaken is put back', async () => {
  const { other, replay, bare } = await crossed();
  expect(await other(replay)).toMatchObject({ kind: 'committed', previous: 'second' });
  expect(await fileAtTip(bare, 'newest.yaml')).toBe(holding('first'));
});

test('and never over what a person has written since', async () => {
  const { other, replay, bare } = await crossed();
  await commitFiles(bare, { 'newest.yaml': holding('by-hand') }, 'a person');
  expect(await other(replay)).toMatchObject({ kind: 'superseded', by: 'by-hand' });
  expect(await fileAtTip(bare, 'newest.yaml')).toBe(holding('by-hand'));
});
