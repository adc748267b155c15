import { describe, expect, test } from 'vitest';
import { deliveryBench } from '../../support/delivery.ts';
import { commitCount, fileAtTip } from '../../support/platform.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
routes:
  tag:
    image: contoso.azurecr.io/tag
    update: [{ file: tag.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
  digest:
    image: contoso.azurecr.io/digest
    update: [{ file: digest.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }]
    environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
  newest:
    image: contoso.azurecr.io/newest
    update: [{ file: newest.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { order: newest } } }
`;
const files = {
  'tag.yaml': 'image: { tag: "1" }\n',
  'digest.yaml': 'image:\n  tag: "1"\n',
  'newest.yaml': 'image: { tag: first }\n',
};
const eventDigest = `sha256:${'e'.repeat(64)}`;

async function bench() {
  let now = new Date('2026-11-20T10:00:00Z');
  const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io', now: () => now });
  const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } });
  const delivery = await deliveryBench({ routes, files });
  return { ...delivery, standIn, apply: delivery.worker({ registry }), at: (time: string) => (now = new Date(time)) };
}

describe('the registry has the last word', () => {
  test('a tag that was never pushed is rejected, and nothing is written', async () => {
    const { apply, update, bare } = await bench();
    expect(await apply(update('tag', '2'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'image-not-pushed', kind: 'permanent' },
    });
    expect(await commitCount(bare)).toBe(1);
  });

  test('one that was never pushed holds up no other', async () => {
    const { apply, update, standIn } = await bench();
    standIn.pushImage({ repository: 'tag', tag: '2' });
    const outcomes = await Promise.all([apply(update('tag', '2')), apply(update('tag', '3'))]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['committed', 'failed']);
  });

  test('a registry out of reach is tried again', async () => {
    const { apply, update, standIn } = await bench();
    standIn.pushImage({ repository: 'tag', tag: '2' });
    standIn.setFaults(() => ({ drop: true }));
    expect(await apply(update('tag', '2'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'registry-unavailable', kind: 'retryable' },
    });
    standIn.setFaults(undefined);
    expect(await apply(update('tag', '2'))).toMatchObject({ kind: 'committed' });
  });
});

describe('digests', () => {
  test('the digest that is written is the registry’s, never the event’s', async () => {
    const { apply, update, bare, standIn } = await bench();
    const digest = standIn.pushImage({ repository: 'digest', tag: '2' });
    const event = update('digest', '2');
    await apply({ ...event, image: { ...event.image, digest: eventDigest } });
    expect(await fileAtTip(bare, 'digest.yaml')).toBe(`image:\n  tag: "2"\n  digest: ${digest}\n`);
  });

  test('a rebuild of the tag is applied where the digest is written, and up to date where it is not', async () => {
    const { apply, update, bare, standIn } = await bench();
    standIn.pushImage({ repository: 'digest', tag: '2' });
    standIn.pushImage({ repository: 'tag', tag: '2' });
    await apply(update('digest', '2'));
    await apply(update('tag', '2'));
    const rebuilt = standIn.pushImage({ repository: 'digest', tag: '2', labels: { rebuilt: 'yes' } });
    standIn.pushImage({ repository: 'tag', tag: '2', labels: { rebuilt: 'yes' } });
    expect(await apply(update('digest', '2'))).toMatchObject({ kind: 'committed' });
    expect(await apply(update('tag', '2'))).toMatchObject({ kind: 'done-before', state: 'committed' });
    expect(await fileAtTip(bare, 'digest.yaml')).toContain(rebuilt);
    expect(await commitCount(bare)).toBe(4);
  });

  test('an update whose digest is no longer the current one goes on under the id of the current one', async () => {
    const { apply, update, standIn, store } = await bench();
    standIn.pushImage({ repository: 'digest', tag: '2' });
    const event = update('digest', '2');
    const outcome = await apply({ ...event, image: { ...event.image, digest: eventDigest } });
    expect(outcome).toMatchObject({ kind: 'committed' });
    expect(await store.find(event)).toMatchObject({ state: 'rejected' });
    expect(await store.findMark(event)).toMatchObject({ tag: '2', digest: expect.not.stringContaining(eventDigest) });
  });
});

describe('newest', () => {
  test('compares the registry’s push times, for the tag in the file too, whatever the events say', async () => {
    const { apply, update, bare, standIn, at } = await bench();
    at('2026-11-01T00:00:00Z');
    standIn.pushImage({ repository: 'newest', tag: 'older' });
    at('2026-11-02T00:00:00Z');
    standIn.pushImage({ repository: 'newest', tag: 'first' });
    at('2026-11-03T00:00:00Z');
    standIn.pushImage({ repository: 'newest', tag: 'newer' });
    expect(await apply(update('newest', 'older', '2026-12-31T00:00:00.000Z'))).toMatchObject({
      kind: 'superseded',
      by: 'first',
    });
    expect(await apply(update('newest', 'newer', '2020-01-01T00:00:00.000Z'))).toMatchObject({ kind: 'committed' });
    expect(await fileAtTip(bare, 'newest.yaml')).toBe('image: { tag: newer }\n');
  });

  test('a tag in the file that the registry has not got any more, or does not show, counts by its trailer', async () => {
    const { apply, update, bare, standIn, at, store } = await bench();
    at('2026-11-01T00:00:00Z');
    standIn.pushImage({ repository: 'newest', tag: 'older' });
    at('2026-11-03T00:00:00Z');
    standIn.pushImage({ repository: 'newest', tag: 'newer' });
    expect(await apply(update('newest', 'newer'))).toMatchObject({ kind: 'committed' });
    const environment = { route: 'newest', environment: 'dev' };
    await store.updateMark(environment, () => 'cleared');
    const denied = { status: 403, body: { errors: [{ code: 'DENIED', message: 'denied' }] } };
    standIn.setFaults(({ path }) => (path.endsWith('/_tags/newer') ? { answer: denied } : undefined));
    expect(await apply(update('newest', 'older'))).toMatchObject({ kind: 'superseded', by: 'newer' });
    standIn.setFaults(undefined);
    standIn.deleteTag('newest', 'newer');
    expect(await apply(update('newest', 'older'))).toMatchObject({ kind: 'superseded', by: 'newer' });
    expect(await fileAtTip(bare, 'newest.yaml')).toBe('image: { tag: newer }\n');
  });

  test('a registry that does not answer for the tag in the file is no reason to overwrite it', async () => {
    const { apply, update, bare, standIn } = await bench();
    standIn.pushImage({ repository: 'newest', tag: 'first' });
    standIn.pushImage({ repository: 'newest', tag: 'newer' });
    standIn.setFaults(({ path }) => (path.endsWith('/_tags/first') ? { answer: { status: 503 } } : undefined));
    expect(await apply(update('newest', 'newer'))).toMatchObject({
      kind: 'failed',
      failure: { code: 'registry-unavailable', kind: 'retryable' },
    });
    expect(await commitCount(bare)).toBe(1);
  });
});
