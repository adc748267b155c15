import { expect, test } from 'vitest';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { makeDeploymentIndex } from '../../../src/lib/deployments/deployment-index.ts';
import { recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { MovedUpdate } from '../../../src/lib/delivery/moved-update.ts';
import { replayOne } from '../../../src/lib/delivery/replay.ts';
import type { SendWork } from '../../../src/lib/work/send-work.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, commitFiles, fileAtTip } from '../../support/platform.ts';
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
    update: [{ file: digest.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
`;
const files = { 'newest.yaml': 'image: { tag: first }\n', 'digest.yaml': 'image:\n  tag: "1"\n' };
const killed = () => Promise.reject(new Error('killed'));
const holding = (tag: string) => `image: { tag: ${tag} }\n`;

/** A registry, and workers that put back: `sent` has what they have queued. */
async function bench() {
  const clock = { now: new Date('2026-11-20T10:00:00Z') };
  const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io', now: () => clock.now });
  const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
  const delivery = await deliveryBench({ routes, files });
  const { store, connectionString } = delivery;
  const index = makeDeploymentIndex(makeTableRows({ AzureWebJobsStorage: connectionString }));
  const sent: TagUpdate[] = [];
  const send: SendWork = ({ body }) => {
    sent.push(body as TagUpdate);
    return Promise.resolve();
  };
  const redeliver = (id: string, from: string) =>
    replayOne(id, { index, store, send, now: () => new Date() }, { from });
  return { ...delivery, clock, standIn, registry, redeliver, sent };
}

/** `first` is pushed again, and found up to date, while the push of `second`, which is older by now, is under way. */
async function crossed(failOnce = false) {
  const made = await bench();
  const { store, worker, update, bare, clock, standIn, registry, redeliver, sent } = made;
  const queued = (tag: string) => recordQueued(update('newest', tag), '', store, new Date());
  standIn.pushImage({ repository: 'newest', tag: 'first' });
  clock.now = new Date('2026-11-20T10:01:00Z');
  standIn.pushImage({ repository: 'newest', tag: 'second' });
  const other = worker({ registry });
  let failures = failOnce ? 1 : 0;
  const apply = worker({
    registry,
    redeliver: (id, from) =>
      failures-- > 0 ? Promise.reject(new Failure('storage-unavailable', 'no')) : redeliver(id, from),
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
  const second = await queued('second');
  const outcome = await apply(second);
  const ends = failOnce ? [outcome, await apply(second)] : [outcome];
  expect(ends.map((end) => (end.kind === 'failed' ? end.failure.code : end.kind))).toEqual(
    failOnce ? ['storage-unavailable', 'done-before'] : ['committed'],
  );
  expect(await fileAtTip(bare, 'newest.yaml')).toBe(holding('second'));
  const [replay] = sent;
  if (!replay || sent.length !== 1) throw new Error(`${sent.length} updates were put back`);
  return { ...made, other, replay };
}

test.each([
  ['at once', false],
  ['by the next delivery, where queueing it failed once', true],
])('what an older push has overtaken is delivered again %s', async (_name, failOnce) => {
  const { other, replay, bare } = await crossed(failOnce);
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

test('a tag that moves twice around a killed worker leaves no record in its queue [moved]', async () => {
  const { worker, registry, standIn, store, update, bare } = await bench();
  const plain = update('digest', '2');
  const event = await recordQueued(
    { ...plain, image: { ...plain.image, digest: `sha256:${'e'.repeat(64)}` } },
    '',
    store,
    new Date(),
  );
  const sent: MovedUpdate[] = [];
  const sendMoved = async (one: MovedUpdate): Promise<void> => void sent.push(one);
  const apply = worker({ registry, sendMoved });
  const last = () => sent.at(-1) ?? plain;
  standIn.pushImage({ repository: 'digest', tag: '2', labels: { label: 'a' } });
  const before = await commitCount(bare);

  // Killed before the message: the message of the event comes again. Killed after it: both come.
  await expect(worker({ registry, sendMoved: killed })(event)).rejects.toThrow('killed');
  expect(await store.find(event)).toMatchObject({ state: 'queued' });
  await expect(worker({ registry, sendMoved, store: { ...store, update: killed } })(event)).rejects.toThrow('killed');
  expect(await store.find(event)).toMatchObject({ state: 'queued' });
  const second = last();
  expect(second).toMatchObject({ movedFrom: event.id });

  // The tag moves once more before either is delivered.
  const digest = standIn.pushImage({ repository: 'digest', tag: '2', labels: { label: 'b' } });
  expect(await apply(second)).toEqual({ kind: 'tag-moved', to: last().id });
  expect(await apply(event)).toEqual({ kind: 'tag-moved', to: last().id });
  // Each plan has ended: nothing is written before the message of the current digest.
  expect(await commitCount(bare)).toBe(before);
  const moved = { state: 'rejected', code: 'tag-moved', supersededBy: `2@${digest}` };
  expect(await store.find(event)).toMatchObject(moved);
  expect(await store.find(second)).toMatchObject(moved);
  expect(last().image.digest).toBe(digest);
  expect(await apply(last())).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'digest.yaml')).toContain(digest);
  expect(await apply(last())).toMatchObject({ kind: 'done-before', state: 'committed' });
  const records = await Promise.all([event, ...sent].map((one) => store.find(one)));
  expect(records.filter((record) => record?.state === 'queued')).toEqual([]);
});

test('a digest that was never committed is delivered when its tag moves back to it', async () => {
  const { worker, registry, devops, standIn, update, store, bare, clock } = await bench();
  const apply = worker({ registry });
  const digest = standIn.pushImage({ repository: 'digest', tag: '2', labels: { label: 'a' } });
  const plain = update('digest', '2');
  const first = await recordQueued({ ...plain, image: { ...plain.image, digest } }, '', store, new Date());
  standIn.pushImage({ repository: 'digest', tag: '2', labels: { label: 'b' } });
  devops.faults.add({ match: { method: 'POST', resource: 'pushes' }, action: { kind: 'permission-denied' } });
  expect(await apply(first)).toMatchObject({ kind: 'failed' });
  expect(await store.find(first)).toMatchObject({ state: 'rejected', code: 'tag-moved' });
  devops.faults.clear();
  clock.now = new Date('2026-11-20T10:05:00Z');
  expect(standIn.pushImage({ repository: 'digest', tag: '2', labels: { label: 'a' } })).toBe(digest);
  expect(await apply(first)).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'digest.yaml')).toContain(digest);
});
