import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeTableRows } from '../../../src/lib/storage/table-rows.ts';
import { recordQueued } from '../../../src/lib/deployments/record-outcome.ts';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import { parseRegistryEvent } from '../../../src/lib/intake/registry-event.ts';
import { loadRoutes } from '../../../src/lib/routes/load.ts';
import { routeImage } from '../../../src/lib/delivery/plan/route-image.ts';
import { imagesToAsk, maxImages } from '../../../src/lib/delivery/reconcile/images-to-ask.ts';
import { makeKnownImages } from '../../../src/lib/delivery/reconcile/known-images.ts';
import { reconcile } from '../../../src/lib/delivery/reconcile/reconcile.ts';
import { deliveryBench } from '../../support/delivery.ts';
import { eventually } from '../../support/eventually.ts';
import { fileAtTip, testPlatform } from '../../support/platform.ts';
import { makeAsker, startStandIn } from '../../support/registry.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric } } }
routes:
  tag:
    image: contoso.azurecr.io/tag
    update: [{ file: tag.yaml, helm: { tag: image.tag } }]
    environments: [dev]
  digest:
    image: contoso.azurecr.io/digest
    update: [{ file: digest.yaml, create: true, helm: { tag: image.tag, digest: image.digest } }]
    environments: [dev]
  app/{service}:
    image: contoso.azurecr.io/app/{service}
    update: [{ file: 'apps/{service}.yaml', helm: { tag: image.tag } }]
    environments: [dev]
`;
const minutes = 60_000;

/** A registry whose clock and app's clock are one, and what the timer queues and logs. */
async function bench(registryOptions: Parameters<typeof startStandIn>[0] = {}) {
  let time = Date.parse('2026-11-20T10:00:00Z');
  const now = () => new Date(time);
  const standIn = await startStandIn({ loginServer: 'contoso.azurecr.io', now, ...registryOptions });
  const { registry } = makeAsker({ localEndpoints: { 'contoso.azurecr.io': standIn.url } }, { now });
  const { store, connectionString } = await deliveryBench({ routes, files: { 'tag.yaml': 'image: { tag: "1" }\n' } });
  const { table } = loadRoutes([{ setting: 'ROUTES', text: routes }], { azureDevOpsCollections: [], registries: [] });
  if (!table) throw new Error('the routes of the test have errors');
  const images = makeKnownImages(makeTableRows({ AzureWebJobsStorage: connectionString }));
  async function run() {
    const found: string[] = [];
    const logged: string[] = [];
    await reconcile((_level, event, fields) => logged.push(`${event} ${fields?.['code'] ?? ''}`.trim()), {
      routes: () => Promise.resolve(table ?? fail()),
      images,
      registry,
      store,
      now,
      newId: randomUUID,
      send: ({ kind, body }) => {
        const event = parseRegistryEvent(body, now());
        if (kind !== 'registry-event' || event.kind !== 'image-pushed') throw new Error(`unexpected: ${kind}`);
        const { repository, tag, digest } = event.image;
        found.push(`${repository}:${tag}${digest === undefined ? ' without digest' : ''}`);
        return Promise.resolve();
      },
    });
    return { found, logged };
  }
  const updateOf = (repository: string, tag: string, digest: string) => {
    const image = { registry: 'contoso.azurecr.io', repository, tag, digest };
    return routeImage(table, image, now().toISOString()).updates[0]?.update ?? fail();
  };
  return { standIn, store, images, table, run, updateOf, now, pass: (ms: number) => void (time += ms) };
}

function fail(): never {
  throw new Error('the routes of the test take no such image');
}

describe('pushes that no event told of', () => {
  test('are found once, and what was there before anybody looked is left alone', async () => {
    const { standIn, run, pass } = await bench();
    standIn.pushImage({ repository: 'tag', tag: '4' });
    pass(30 * minutes);
    expect((await run()).found).toEqual([]);
    standIn.pushImage({ repository: 'tag', tag: '5' });
    standIn.pushImage({ repository: 'tag', tag: 'nightly' });
    pass(1 * minutes);
    // Its own event may still be on its way.
    expect((await run()).found).toEqual([]);
    pass(9 * minutes);
    expect(await run()).toEqual({ found: ['tag:5'], logged: ['push-found', 'reconciled'] });
    for (const _ of [1, 2, 3]) {
      pass(10 * minutes);
      expect((await run()).found).toEqual([]);
    }
  });

  test('what an event has told of is not queued again; what the registry had not got then is', async () => {
    const { standIn, store, run, pass, updateOf, now } = await bench();
    await run();
    const told = standIn.pushImage({ repository: 'tag', tag: '5' });
    await recordQueued(updateOf('tag', '5', told), '', store, now());
    const early = standIn.pushImage({ repository: 'tag', tag: '6' });
    const update = updateOf('tag', '6', early);
    await store.update(update, () =>
      moveTo(queued(update, '', now()), 'rejected', { code: 'image-not-pushed' }, now()),
    );
    pass(10 * minutes);
    expect((await run()).found).toEqual(['tag:6']);
  });

  test('a tag that was moved counts where its digest is written', async () => {
    const { standIn, store, run, pass, updateOf, now } = await bench();
    await run();
    for (const repository of ['tag', 'digest']) {
      const digest = standIn.pushImage({ repository, tag: '5' });
      await recordQueued(updateOf(repository, '5', digest), '', store, now());
    }
    pass(20 * minutes);
    expect((await run()).found).toEqual([]);
    for (const repository of ['tag', 'digest']) standIn.pushImage({ repository, tag: '5', content: 'rebuilt' });
    pass(10 * minutes);
    expect((await run()).found).toEqual(['digest:5']);
  });

  test('of a pattern, images that have had a record; many tags at once, the first pushed first', async () => {
    const { standIn, store, run, pass, updateOf, now } = await bench();
    const first = standIn.pushImage({ repository: 'app/api', tag: '1' });
    standIn.pushImage({ repository: 'app/unknown', tag: '1' });
    await recordQueued(updateOf('app/api', '1', first), '', store, now());
    for (let tag = 2; tag <= 120; tag += 1) {
      pass(1_000);
      standIn.pushImage({ repository: 'app/api', tag: String(tag) });
    }
    pass(10 * minutes);
    const { found } = await run();
    expect(found).toHaveLength(119);
    expect(found.slice(0, 2)).toEqual(['app/api:2', 'app/api:3']);
    expect(standIn.requests.filter(({ path }) => path.endsWith('/_tags')).map(({ query }) => query.get('n'))).toContain(
      '50',
    );
  });
});

test('a registry that does not let the app in, or does not answer, is logged once and stops nobody', async () => {
  const { standIn, run, pass } = await bench();
  await run();
  standIn.pushImage({ repository: 'tag', tag: '5' });
  pass(10 * minutes);
  const answer = { status: 403, body: { errors: [{ code: 'DENIED', message: 'denied' }] } };
  standIn.setFaults(({ path }) => (path.includes('/digest/_tags') ? { answer } : undefined));
  expect(await run()).toEqual({
    found: ['tag:5'],
    logged: ['push-found', 'registry-not-listed registry-sign-in-failed', 'reconciled'],
  });
  standIn.setFaults(() => ({ answer: { status: 503 } }));
  expect((await run()).logged).toEqual(['registry-not-listed registry-unavailable', 'reconciled']);
});

test('one run asks for so many images and no more, those first that have waited longest', async () => {
  const { images, table, now, pass } = await bench();
  const ofRecords = new Map(
    Array.from({ length: maxImages + 20 }, (_, index) => [`contoso.azurecr.io/app/s${index}`, now()] as const),
  );
  const many = { ...images, ofRecords: () => Promise.resolve(ofRecords) };
  const first = await imagesToAsk(table, many, now());
  expect(first).toHaveLength(maxImages);
  for (const known of first) await images.put({ ...known, askedAt: now().toISOString() });
  pass(1_000);
  const second = (await imagesToAsk(table, many, now())).slice(0, 22);
  expect(second.every(({ askedAt }) => askedAt === undefined)).toBe(true);
  expect(first.filter((known) => second.some(({ image }) => image === known.image))).toEqual([]);
});

test('an image that no route takes any more is forgotten', async () => {
  const { images, table, now } = await bench();
  await images.put({ image: 'contoso.azurecr.io/gone', since: now().toISOString(), seen: [] });
  const asked = await imagesToAsk(table, images, now());
  expect(asked.map(({ image }) => image).toSorted()).toEqual(['contoso.azurecr.io/digest', 'contoso.azurecr.io/tag']);
  expect(await images.list()).toEqual([]);
});

test('the app: a push without a webhook is committed after the timer has run', async () => {
  // The registry's clock is behind, so the push is old enough at once.
  const standIn = await startStandIn({ now: () => new Date(Date.now() - 5 * minutes) });
  const platform = await testPlatform({
    routes,
    files: { 'tag.yaml': 'image: { tag: "1" }\n' },
    settings: {
      VERIFY_IMAGE: 'true',
      RECONCILE_SCHEDULE: '* * * * * *',
      LOCAL_ENDPOINTS: JSON.stringify({ 'contoso.azurecr.io': standIn.url }),
    },
  });
  standIn.pushImage({ repository: 'tag', tag: '2' });
  const started = await fetch(`${platform.functions}/admin/functions/clock`, {
    method: 'POST',
    headers: { 'x-functions-key': platform.key, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(started.status).toBe(202);
  await eventually(async () => expect(await fileAtTip(platform.bare, 'tag.yaml')).toContain('"2"'));
});

test('an image whose record was written by a clock ahead is asked for from now on', async () => {
  const { images, table, now } = await bench();
  const ofRecords = new Map([['contoso.azurecr.io/app/ahead', new Date('2099-01-01T00:00:00Z')]]);
  const asked = await imagesToAsk(table, { ...images, ofRecords: () => Promise.resolve(ofRecords) }, now());
  expect(asked.find(({ image }) => image.endsWith('ahead'))?.since).toBe(now().toISOString());
});
