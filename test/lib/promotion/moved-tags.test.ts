import { describe, expect, test } from 'vitest';
import type { Registry, TagState } from '../../../src/lib/registry/registry.ts';
import { commitFiles, fileAtTip } from '../../support/platform.ts';
import { digest, promotionBench, values } from '../../support/promotion-bench.ts';

const tagOnly = (tag: string) => `image: { tag: "${tag}" }\n`;
const tagOnlyFiles = Object.fromEntries(
  ['dev', 'e2e', 'staging', 'prod'].map((name) => [`${name}.yaml`, tagOnly('1')]),
);

const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();

/** A registry whose tags people move. */
function movingRegistry() {
  const tags = new Map<string, TagState>();
  const registry: Registry = {
    lookUp: ({ tag }) => Promise.resolve(tags.get(tag)),
    inspect: () => Promise.resolve(undefined),
    describe: () => Promise.resolve({ kind: 'image', type: '' }),
  };
  /** @param at when the registry got it; long before any commit if absent */
  const move = (tag: string, of: string, at = '2020-01-01T00:00:00Z') =>
    tags.set(tag, { digest: digest(of), lastUpdateTime: new Date(at) });
  return { registry, move };
}

describe('an environment that writes the digest', () => {
  test('[pinned] gets the digest that was healthy, wherever the tag has moved since', async () => {
    const { registry, move } = movingRegistry();
    const { push, becomeHealthy, work, find, bare } = await promotionBench(undefined, { registry });
    move('2', 'b');
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    move('2', 'c');
    await work();
    expect(await fileAtTip(bare, 'staging.yaml')).toBe(values('2', 'b'));
    expect(await find('staging', '2', 'c')).toBeUndefined();
  });

  test('[exception] a rebuild of the tag that the mark has follows, also where the registry has moved on', async () => {
    const { registry, move } = movingRegistry();
    const { push, becomeHealthy, work, bare } = await promotionBench(undefined, { registry });
    move('2', 'b');
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    await work();
    move('2', 'c', '2020-01-02T00:00:00Z');
    await push('dev', '2', 'c');
    await becomeHealthy('dev', '2', 'c');
    move('2', 'd', '2020-01-03T00:00:00Z');
    await work();
    expect(await fileAtTip(bare, 'staging.yaml')).toBe(values('2', 'c'));
  });
});

describe('an environment that writes the tag only', () => {
  const options = { digests: false, files: tagOnlyFiles };

  test('[tagmoved] is not promoted while the registry has another digest than the one that was healthy', async () => {
    const { registry, move } = movingRegistry();
    const { push, becomeHealthy, work, find, bare, again, context } = await promotionBench(undefined, {
      ...options,
      registry,
    });
    move('2', 'b');
    await push('dev', '2', 'b');
    await becomeHealthy('dev', '2', 'b');
    expect((await find('dev', '2', 'b'))?.health).toMatchObject({ digest: digest('b') });
    move('2', 'c');
    await work();
    const record = await find('staging', '2', 'b');
    expect(record).toMatchObject({ state: 'rejected', code: 'tag-moved' });
    expect(await fileAtTip(bare, 'staging.yaml')).toBe(tagOnly('1'));
    move('2', 'b');
    await again.run(record?.update, context);
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'committed' });
  });

  test('[ran] a tag that moved after its first commit has an unknown digest, and is not promoted', async () => {
    const { registry, move } = movingRegistry();
    const { push, becomeHealthy, work, find } = await promotionBench(undefined, { ...options, registry });
    move('2', 'b');
    await push('dev', '2', 'b');
    move('2', 'c', '2199-01-01T00:00:00Z');
    await becomeHealthy('dev', '2', 'b');
    const healthy = await find('dev', '2', 'b');
    expect(healthy?.health).toBeDefined();
    expect(healthy?.health?.digest).toBeUndefined();
    await work();
    expect(await find('staging', '2', 'b')).toMatchObject({ state: 'rejected', code: 'tag-moved' });
  });

  test('[ran] the first commit of the tag counts, not the last', async () => {
    const { registry, move } = movingRegistry();
    const { push, becomeHealthy, work, find, bare, store } = await promotionBench(undefined, { ...options, registry });
    // A person had deployed the tag by hand, hours before it moved.
    await commitFiles(bare, { 'dev.yaml': tagOnly('2') }, 'by hand', new Date(hours(-9)));
    await commitFiles(bare, { 'dev.yaml': tagOnly('1') }, 'back');
    move('2', 'c', hours(-3));
    await push('dev', '2', 'c');
    expect(await store.find((await find('dev', '2', 'c'))?.update ?? fail())).toMatchObject({ state: 'committed' });
    await becomeHealthy('dev', '2', 'c');
    expect((await find('dev', '2', 'c'))?.health?.digest).toBeUndefined();
    await work();
    expect(await find('staging', '2', 'c')).toMatchObject({ state: 'rejected', code: 'tag-moved' });
  });
});

test('[current] a deliberate tag that a person moves means the new digest, which has to have been healthy', async () => {
  const { registry, move } = movingRegistry();
  const { push, becomeHealthy, work, find, bare } = await promotionBench(
    `
      prod: { promoteFrom: dev, tags: { match: '^v(\\d+)$', order: numeric } }`,
    { registry },
  );
  move('2', 'b');
  move('v2', 'b');
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  move('v2', 'c');
  await push('prod', 'v2', 'b');
  await work();
  expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('1', '1'));
  expect(await find('prod', 'v2', 'c')).toMatchObject({ state: 'queued' });
  move('3', 'c');
  await push('dev', '3', 'c');
  await becomeHealthy('dev', '3', 'c');
  await work();
  expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('v2', 'c'));
});

test('[waitlate] a waiting tag is superseded by a newer one that is committed, never by one that only waits', async () => {
  const { push, becomeHealthy, work, find, bare } = await promotionBench(`
      prod: { promoteFrom: dev, tags: { match: '^v(\\d+)$', order: numeric } }`);
  await push('prod', 'v2', 'b');
  await push('prod', 'v3', 'c');
  expect(await find('prod', 'v2', 'b')).toMatchObject({ state: 'queued' });
  await push('dev', '2', 'b');
  await becomeHealthy('dev', '2', 'b');
  await work();
  expect(await fileAtTip(bare, 'prod.yaml')).toBe(values('v2', 'b'));
  await push('prod', 'v1', 'd');
  await push('dev', '4', 'd');
  await becomeHealthy('dev', '4', 'd');
  await work();
  expect(await find('prod', 'v1', 'd')).toMatchObject({ state: 'superseded' });
});

function fail(): never {
  throw new Error('there is no record');
}
