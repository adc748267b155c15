import { expect, test } from 'vitest';
import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import { orderedRollbackId, replayOf } from '../../../src/lib/model/tag-update.ts';
import type { TagUpdate } from '../../../src/lib/model/tag-update.ts';
import type { UpdateCause } from '../../../src/lib/model/update-cause.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
  closed:
    tags: { match: '^(\\d+)$', order: numeric }
    windows: [{ kind: allow, schedule: '0 0 29 2 1', duration: 1h, timeZone: UTC }]
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
  web: { image: contoso.azurecr.io/web, update: [{ file: web.yaml, helm: { tag: image.tag } }], environments: [closed] }
  exact:
    image: contoso.azurecr.io/exact
    update: [{ file: exact.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }]
    environments: [dev]
`;
const values = (tag: string) => `image: { tag: "${tag}" }\n`;
const digests = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);
const exact = (tag: string, digest = '') => `image: { tag: "${tag}", digest: "${digest}" }\n`;
const files = { 'api.yaml': values('1'), 'web.yaml': values('2'), 'exact.yaml': exact('1', digests[0]) };

const killed = () => Promise.reject(new Error('killed'));

async function bench() {
  const delivery = await deliveryBench({ routes, files });
  const apply = delivery.worker();
  const tip = async () => (await git(['rev-parse', 'main'], delivery.bare)).trim();
  const message = () => git(['log', '-1', '--format=%B', 'main'], delivery.bare);
  return { ...delivery, apply, tip, message };
}

function rollbackTo(update: TagUpdate, from: string, of?: string): TagUpdate {
  const cause: UpdateCause = {
    kind: 'rollback',
    ...(of !== undefined && { of }),
    automatic: false,
    actor: 'mai',
    reason: 'orders fail',
    from,
  };
  return { ...update, id: orderedRollbackId(`${update.id} ${from}`), cause };
}

test('[from] a rollback ignores mark and order, takes back the value that it names, and tells so in Git', async () => {
  const { apply, bare, store, message, update } = await bench();
  await apply(update('api', '2'));
  const three = update('api', '3');
  await apply(three);
  const back = rollbackTo(update('api', '2'), '3', three.id);
  expect(await apply(back)).toMatchObject({ kind: 'committed', previous: '3' });
  expect(await fileAtTip(bare, 'api.yaml')).toBe(values('2'));
  const [trailer] = parseTrailers(await message());
  expect(trailer).toMatchObject({ id: back.id, cause: 'rollback', of: three.id, previous: '3' });
  expect(await message()).toContain('rolled back 3 → 2');
  expect(await message()).toContain('Rollback by mai: orders fail');
  expect(await store.find(three)).toMatchObject({
    state: 'rolled-back',
    reason: 'rolled back to 2 by mai: orders fail',
  });
  expect(await store.find(back)).toMatchObject({ state: 'committed' });
});

test('[from] a rollback is superseded if the file holds another value by then', async () => {
  const { apply, bare, store, update } = await bench();
  await apply(update('api', '2'));
  await apply(update('api', '3'));
  await commitFiles(bare, { 'api.yaml': values('4') }, 'by hand');
  expect(await apply(rollbackTo(update('api', '2'), '3', update('api', '3').id))).toMatchObject({
    kind: 'superseded',
    reason: 'the file holds 4 now, and this rollback replaces only 3',
  });
  expect(await fileAtTip(bare, 'api.yaml')).toBe(values('4'));
  expect(await store.find(update('api', '3'))).toMatchObject({ state: 'committed' });
});

test('[markstays] the tag that was taken back does not come again; a newer tag does', async () => {
  const { apply, bare, store, update } = await bench();
  await apply(update('api', '2'));
  const three = update('api', '3');
  await apply(three);
  await apply(rollbackTo(update('api', '2'), '3', three.id));
  expect(await store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '3' });
  // Late, doubled and reconciled: the same id. And once more by an event whose record is lost.
  expect(await apply(three)).toMatchObject({ kind: 'done-before', state: 'rolled-back' });
  expect(await apply({ ...three, id: '7'.repeat(32) })).toMatchObject({ kind: 'superseded', by: '3' });
  expect(await fileAtTip(bare, 'api.yaml')).toBe(values('2'));
  expect(await apply(update('api', '4'))).toMatchObject({ kind: 'committed' });
});

test('[markstays] a rollback to another digest of the same tag leaves the mark at the digest that was taken back', async () => {
  const { apply, bare, store, update } = await bench();
  const build = (digest: number, at: string): TagUpdate => {
    const one = update('exact', '2', at);
    return { ...one, id: `${digest}`.repeat(32), image: { ...one.image, digest: digests[digest] ?? '' } };
  };
  const [older, newer] = [build(0, '2026-11-20T10:00:00.000Z'), build(1, '2026-11-20T11:00:00.000Z')];
  await apply(older);
  await apply(newer);
  expect(await apply(rollbackTo(older, `2@${digests[1]}`, newer.id))).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'exact.yaml')).toBe(exact('2', digests[0]));
  expect(await store.findMark({ route: 'exact', environment: 'dev' })).toMatchObject({ digest: digests[1] });
  expect(await apply({ ...newer, id: '8'.repeat(32) })).toMatchObject({ kind: 'superseded' });
});

test('an ordered rollback passes windows', async () => {
  const { apply, bare, update } = await bench();
  expect(await apply(update('web', '3'))).toMatchObject({ kind: 'held' });
  expect(await apply(rollbackTo(update('web', '1'), '2'))).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'web.yaml')).toBe(values('1'));
});

test('[rbrepair] whoever resolves the push intent records the deployment as rolled back', async () => {
  const { apply, store, worker, update, tip } = await bench();
  await apply(update('api', '2'));
  const three = update('api', '3');
  await apply(three);
  const back = rollbackTo(update('api', '2'), '3', three.id);
  let pushed = false;
  const dying = worker({
    store: {
      ...store,
      recordIntent: async (intent) => {
        await store.recordIntent(intent);
        pushed = true;
      },
      update: (key, change) => (pushed ? killed() : store.update(key, change)),
    },
  });
  await expect(dying(back)).rejects.toThrow('killed');
  const commit = await tip();
  expect(await store.find(three)).toMatchObject({ state: 'committed' });
  await apply(update('web', '1'));
  expect(await store.find(back)).toMatchObject({ state: 'committed', commit });
  expect(await store.find(three)).toMatchObject({ state: 'rolled-back' });
  expect(await store.findMark({ route: 'api', environment: 'dev' })).toMatchObject({ tag: '3' });
});

test('[ownid] a rollback of a rollback is a replay', async () => {
  const { apply, bare, store, update } = await bench();
  await apply(update('api', '2'));
  const three = update('api', '3');
  await apply(three);
  await apply(rollbackTo(update('api', '2'), '3', three.id));
  const again = replayOf(three, 1);
  expect(await apply(again)).toMatchObject({ kind: 'committed' });
  expect(await fileAtTip(bare, 'api.yaml')).toBe(values('3'));
  expect(await store.find(three)).toMatchObject({ state: 'rolled-back' });
  expect(await store.find(again)).toMatchObject({ state: 'committed' });
});
