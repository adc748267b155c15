import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { git } from '../../local/git.ts';
import { parseTrailers } from '../../src/lib/model/trailers.ts';
import { eventually } from '../support/eventually.ts';
import { commitCount, commitFiles, fileAtTip, testPlatform } from '../support/platform.ts';
import type { TestPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^main-(\\d+)$', order: numeric } }
routes:
  shop/{service}:
    image: contoso.azurecr.io/shop/{service}
    update: [{ file: 'apps/{service}/values.yaml', helm: { tag: image.tag } }]
    environments: [dev]
  newest:
    image: contoso.azurecr.io/newest
    update: [{ file: newest.yaml, helm: { tag: image.tag } }]
    environments: { dev: { tags: { match: null, order: newest } } }
`;
const values = (tag: string) => `# keep me\r\nimage:\r\n    tag:   "${tag}"   # and me`;
const files = {
  'apps/api/values.yaml': values('main-1'),
  'apps/web/values.yaml': values('main-1'),
  'newest.yaml': 'image: { tag: first }\n',
};

function push(tag: string, repository = 'shop/api', at = new Date()) {
  return pushWebhook({ registry: 'contoso.azurecr.io', repository, tag }, at);
}

function until(platform: TestPlatform, event: string, times = 1) {
  return eventually(() => expect(platform.lines.filter((line) => line.event === event)).toHaveLength(times));
}

test('a pushed image becomes one commit that changes the tag and not one other byte', async () => {
  const platform = await testPlatform({ routes, files });
  const event = push('main-7');

  const response = await platform.post(event);
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ id: event.id });
  await until(platform, 'committed');

  expect(await fileAtTip(platform.bare, 'apps/api/values.yaml')).toBe(values('main-7'));
  expect(await git(['diff', '--name-only', 'main~1', 'main'], platform.bare)).toBe('apps/api/values.yaml\n');
  const message = await git(['log', '-1', '--format=%B', 'main'], platform.bare);
  expect(message.split('\n')[0]).toBe('deploy(shop/api): dev main-1 → main-7');
  expect(parseTrailers(message)).toEqual([
    {
      route: 'shop/api',
      environment: 'dev',
      image: 'contoso.azurecr.io/shop/api:main-7',
      previous: 'main-1',
      pushed: event.timestamp,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
    },
  ]);
});

test('the same push twice, and once more later, is one commit', async () => {
  const platform = await testPlatform({ routes, files });
  const event = push('main-7');
  await Promise.all([platform.post(event), platform.post(event)]);
  const outcomes = (): string[] =>
    platform.lines
      .map(({ event: name }) => name)
      .filter((name) => ['committed', 'up-to-date', 'done-before'].includes(name));
  await eventually(() => expect(outcomes()).toHaveLength(2));
  await platform.post({ ...event, id: 'another-event' });
  await eventually(() => expect(outcomes()).toHaveLength(3));
  expect(outcomes().at(-1)).toBe('done-before');
  expect(await commitCount(platform.bare)).toBe(2);
});

test('pushes that arrive together share commits, and none is lost', async () => {
  const services = Array.from({ length: 40 }, (_, index) => `svc${index}`);
  const many = Object.fromEntries(services.map((service) => [`apps/${service}/values.yaml`, values('main-1')]));
  const platform = await testPlatform({ routes, files: many });
  await Promise.all(services.map((service) => platform.post(push('main-2', `shop/${service}`))));
  await until(platform, 'committed', services.length);
  for (const service of services)
    expect(await fileAtTip(platform.bare, `apps/${service}/values.yaml`)).toBe(values('main-2'));
  expect(await commitCount(platform.bare)).toBeLessThan(20);
});

describe('never backwards', () => {
  test('an older tag is superseded', async () => {
    const platform = await testPlatform({ routes, files: { ...files, 'apps/api/values.yaml': values('main-9') } });
    await platform.post(push('main-8'));
    await until(platform, 'superseded');
    expect(await commitCount(platform.bare)).toBe(1);
  });

  test('by push time: what was pushed earlier and comes later changes nothing', async () => {
    const platform = await testPlatform({ routes, files });
    await platform.post(push('b', 'newest', new Date('2026-11-02T00:00:00Z')));
    await until(platform, 'committed');
    await platform.post(push('a', 'newest', new Date('2026-11-01T00:00:00Z')));
    await until(platform, 'superseded');
    await platform.post(push('c', 'newest', new Date('2026-11-03T00:00:00Z')));
    await until(platform, 'committed', 2);
    expect(await fileAtTip(platform.bare, 'newest.yaml')).toBe('image: { tag: c }\n');
  });

  test('against a person: a newer tag written by hand stays', async () => {
    const platform = await testPlatform({ routes, files });
    await commitFiles(platform.bare, { 'apps/api/values.yaml': values('main-50') }, 'by hand');
    await platform.post(push('main-49'));
    await until(platform, 'superseded');
    expect(await fileAtTip(platform.bare, 'apps/api/values.yaml')).toBe(values('main-50'));
  });
});

describe('bad input', () => {
  test('a wrong or missing key is 401, and nothing is queued', async () => {
    const platform = await testPlatform({ routes, files });
    expect((await platform.post(push('main-7'), { 'x-functions-key': 'wrong' })).status).toBe(401);
    expect(
      (await fetch(`${platform.functions}/api/webhooks/acr`, { method: 'POST', body: JSON.stringify(push('main-7')) }))
        .status,
    ).toBe(401);
    expect((await fetch(`${platform.functions}/api/health/details`)).status).toBe(401);
    expect(platform.lines).toEqual([]);
  });

  test.each([
    ['no JSON', '{"action":', undefined],
    ['empty', '', undefined],
    ['over 1 MiB', JSON.stringify({ ...push('main-7'), padding: 'x'.repeat(1024 * 1024) }), undefined],
    ['a field missing', { ...push('main-7'), target: undefined }, 'target'],
    ['a tag that is none', push('not a tag'), 'target.tag'],
  ])('%s is 400 with a problem document', async (_name, body, field) => {
    const platform = await testPlatform({ routes, files });
    const response = await platform.post(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const document: unknown = await response.json();
    expect(document).toMatchObject({ status: 400, title: expect.any(String), detail: expect.any(String) });
    expect(document).toMatchObject(field === undefined ? {} : { errors: [{ field }] });
    expect(platform.lines).toEqual([]);
  });

  test('a compressed body is 415, which says what is expected', async () => {
    const platform = await testPlatform({ routes, files });
    const body = gzipSync(JSON.stringify(push('main-7')));
    const response = await fetch(`${platform.functions}/api/webhooks/acr`, {
      method: 'POST',
      headers: { 'x-functions-key': platform.key, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body,
    });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toBe('identity');
    expect(await response.json()).toMatchObject({ status: 415, detail: expect.stringContaining('gzip') });
  });

  test('what asks for nothing is 2xx and queues nothing', async () => {
    const platform = await testPlatform({ routes, files });
    for (const action of ['ping', 'delete', 'quarantine', 'chart_push', 'chart_delete']) {
      const response = await platform.post({ action });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ ignored: action });
    }
    expect(platform.lines.map(({ event }) => event)).toEqual(Array.from({ length: 5 }, () => 'event-ignored'));
  });

  test('an image that no route matches is logged and done', async () => {
    const platform = await testPlatform({ routes, files });
    expect((await platform.post(push('main-7', 'other/thing'))).status).toBe(202);
    await until(platform, 'no-route');
    const details = await fetch(`${platform.functions}/api/health/details`, {
      headers: { 'x-functions-key': platform.key },
    });
    // Other instances process the events: what this one counts would mislead.
    expect(await details.json()).not.toHaveProperty('events');
  });

  test('a tag that no environment takes is logged with the rule', async () => {
    const platform = await testPlatform({ routes, files });
    await platform.post(push('v1.0.0'));
    await until(platform, 'not-taken');
    expect(platform.lines.at(-1)?.fields).toMatchObject({ environment: 'dev', code: 'tag-not-taken' });
  });

  test('bad routes stop the start, with every problem', async () => {
    const bad = routes
      .replace('environments: [dev]', 'environmets: [dev]')
      .replace('order: numeric', 'order: numerical');
    await expect(testPlatform({ routes: bad, files })).rejects.toThrow(
      /ROUTES:4:.*numerical[\s\S]*ROUTES:9:.*environmets/,
    );
  });
});

describe('health', () => {
  test('is brief for everybody and complete for the admin', async () => {
    const platform = await testPlatform({ routes, files });
    const brief = await fetch(`${platform.functions}/api/health`);
    expect(brief.status).toBe(200);
    expect(await brief.json()).toMatchObject({
      status: 'ok',
      storage: 'ok',
      routes: { state: 'current', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const details = await fetch(`${platform.functions}/api/health/details`, {
      headers: { 'x-functions-key': platform.key },
    });
    expect(await details.json()).toMatchObject({ problems: expect.any(Array), text: expect.any(Array) });
  });
});
