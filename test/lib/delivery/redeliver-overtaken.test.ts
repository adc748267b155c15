import { expect, test } from 'vitest';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { replayOne } from '../../../src/lib/delivery/replay.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  newest:
    image: contoso.azurecr.io/newest
    update: [{ file: newest.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { order: newest } } }
  digest:
    image: contoso.azurecr.io/digest
    update: [{ file: digest.yaml, helm: { tag: image.tag, digest: image.digest } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
`;
const files = { 'newest.yaml': 'image: { tag: first }\n', 'digest.yaml': 'image:\n  tag: "1"\n' };
const holding = (tag: string) => `image: { tag: ${tag} }\n`;

/** A registry, and workers that put back: `sent` has what they have queued. */
async function bench() {
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io', now: () => clock.now });
  const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
  const delivery = await deliveryBench({ routes, files });
  const { store, connectionString } = delivery;
  const index = makeDeploymentIndex(makeTableRows({ AzureWebJobsStorage: connectionString }), store);
  const sent: TagUpdate[] = [];
  const send = (_queue: string, message: unknown): Promise<void> => {
    sent.push(message as TagUpdate);
    return Promise.resolve();
  };
  const redeliver = (id: string, from: string) => replayOne(id, { index, store, send, now: () => new Date() }, from);
  return { ...delivery, clock, standIn, registry, redeliver, sent };
}

/** `first` is pushed again, and found up to date, while the push of `second`, which is older by now, is under way. */
async function crossed() {
  const made = await bench();
  const { store, worker, update, bare, clock, standIn, registry, redeliver, sent } = made;
  const queued = (tag: string) => recordQueued(update('newest', tag), '', store, new Date());
  standIn.pushImage({ repository: 'newest', tag: 'first' });
  clock.now = new Date('2026-11-20T10:01:00Z');
  standIn.pushImage({ repository: 'newest', tag: 'second' });
  const other = worker({ registry });
  const apply = worker({
    registry,
    redeliver,
    store: {
      ...store,
      recordIntent: async (intent) => {
        await store.recordIntent(intent);
        clock.now = new Date('2026-11-20T10:02:00Z');
        standIn.pushImage({ repository: 'newest', tag: 'first' });
        expect(await other(await queued('first'))).toMatchObject({ kind: 'up-to-date' });
      },
    },
  });
  expect(await apply(await queued('second'))).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'newest.yaml')).toBe(holding('second'));
  const [replay] = sent;
  if (!replay || sent.length !== 1) throw new Error(`${sent.length} updates were put back`);
  return { ...made, other, replay };
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

test('a digest that the registry moves its tag back to is put back, once', async () => {
  const { worker, registry, redeliver, sent, standIn, clock, update, bare } = await bench();
  const apply = worker({ registry, redeliver });
  /** The tag 2 is pushed with this content, and its event is delivered twice. */
  const push = async (label: string, time: string) => {
    clock.now = new Date(`2026-11-20T${time}:00Z`);
    const digest = standIn.pushImage({ repository: 'digest', tag: '2', labels: { label } });
    await apply(update('digest', '2'));
    await apply(update('digest', '2'));
    return digest;
  };
  const first = await push('a', '10:01');
  await push('b', '10:02');
  expect(sent).toEqual([]);
  expect(await push('a', '10:03')).toBe(first);
  const [replay, again] = sent;
  if (!replay) throw new Error('nothing was put back');
  expect(again).toEqual(replay);
  expect(await apply(replay)).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'digest.yaml')).toContain(first);
  await apply(update('digest', '2'));
  expect(sent).toHaveLength(2);
});
