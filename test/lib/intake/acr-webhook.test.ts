import { describe, expect, test } from 'vitest';
import { parseAcrEvent } from '../../../src/lib/intake/acr-webhook.ts';
import { parseRegistryEvent } from '../../../src/lib/intake/registry-event.ts';

const digest = `sha256:${'3b'.repeat(32)}`;
const receivedAt = new Date('2026-11-20T12:00:00Z');

function push({
  target = {},
  request = {},
  ...rest
}: { target?: object; request?: object; [field: string]: unknown } = {}) {
  return {
    id: '5b1c6f1e-2f52-4a2b-9d0a-0f9f8d2f7a10',
    timestamp: '2026-11-20T11:59:58.1234567Z',
    action: 'push',
    target: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: 1570,
      digest,
      length: 1570,
      repository: 'shop/api',
      tag: '1.2.3',
      ...target,
    },
    request: { id: 'a2d1', host: 'contoso.azurecr.io', method: 'PUT', useragent: 'docker/28.2.2', ...request },
    ...rest,
  };
}

test('a push of a tagged image', () => {
  expect(parseAcrEvent(push(), receivedAt)).toEqual({
    kind: 'image-pushed',
    eventId: '5b1c6f1e-2f52-4a2b-9d0a-0f9f8d2f7a10',
    image: { registry: 'contoso.azurecr.io', repository: 'shop/api', tag: '1.2.3', digest },
    pushedAt: '2026-11-20T11:59:58.123Z',
  });
});

describe('asks for nothing', () => {
  test.each([
    ['ping', { action: 'ping' }, 'ping'],
    ['delete', { ...push({ action: 'delete' }), target: { digest, repository: 'shop/api' } }, 'delete'],
    ['quarantine', push({ action: 'quarantine' }), 'quarantine'],
    ['chart_push', { action: 'chart_push', target: { name: 'shop', version: '1.0.0.tgz' } }, 'chart_push'],
    ['chart_delete', { action: 'chart_delete' }, 'chart_delete'],
    ['an action of the future', { action: 'repository_import' }, 'unknown-action'],
    ['a push by digest', push({ target: { tag: undefined } }), 'untagged'],
    ['a push whose tag is null', push({ target: { tag: null } }), 'untagged'],
    ['a push with an empty tag', push({ target: { tag: '' } }), 'untagged'],
    ['a signature', push({ target: { tag: `sha256-${'0a'.repeat(32)}.sig` } }), 'signature'],
    ['an attestation', push({ target: { tag: `sha256-${'0a'.repeat(32)}.att` } }), 'signature'],
    ['an SBOM', push({ target: { tag: `sha256-${'0a'.repeat(32)}.sbom` } }), 'signature'],
    ['an index of referrers', push({ target: { tag: `sha256-${'0a'.repeat(32)}` } }), 'signature'],
  ])('%s', (_name, body, reason) => {
    expect(parseAcrEvent(body, receivedAt)).toEqual({ kind: 'ignored', reason });
  });
});

describe('is not of the documented shape, and the field is named', () => {
  test.each([
    [null, '(body)'],
    ['push', '(body)'],
    [[], '(body)'],
    [{}, 'action'],
    [{ action: 7 }, 'action'],
    [push({ id: undefined }), 'id'],
    [push({ timestamp: 'yesterday' }), 'timestamp'],
    [push({ timestamp: undefined }), 'timestamp'],
    [push({ timestamp: '2026-11-20T12:00:00' }), 'timestamp'],
    [push({ timestamp: '0000-01-01T00:00:00+14:00' }), 'timestamp'],
    [{ ...push(), target: undefined }, 'target'],
    [{ ...push(), request: undefined }, 'request'],
    [push({ target: { repository: 'Shop/API' } }), 'target.repository'],
    [push({ target: { repository: '../../etc' } }), 'target.repository'],
    [push({ target: { tag: '-x' } }), 'target.tag'],
    [push({ target: { tag: 'a b' } }), 'target.tag'],
    [push({ target: { tag: 'x'.repeat(129) } }), 'target.tag'],
    [push({ target: { tag: 12 } }), 'target.tag'],
    [push({ target: { digest: 'sha256:xyz' } }), 'target.digest'],
    [push({ request: { host: 'evil.example/path' } }), 'request.host'],
    [push({ request: { host: 'a@b' } }), 'request.host'],
  ])('%j', (body, field) => {
    const parsed = parseAcrEvent(body, receivedAt);
    expect(parsed).toMatchObject({ kind: 'malformed', problems: [{ field }] });
  });
});

test('a time more than 5 min ahead counts as the time of receipt', () => {
  expect(parseAcrEvent(push({ timestamp: '2026-11-20T12:04:00Z' }), receivedAt)).toMatchObject({
    pushedAt: '2026-11-20T12:04:00.000Z',
  });
  expect(parseAcrEvent(push({ timestamp: '2027-01-01T00:00:00Z' }), receivedAt)).toMatchObject({
    pushedAt: receivedAt.toISOString(),
  });
});

describe('the queue holds three shapes of one event', () => {
  const expected = parseAcrEvent(push(), receivedAt);
  test.each([
    ['ACR webhook', push()],
    [
      'Event Grid',
      {
        id: 'e1',
        eventType: 'Microsoft.ContainerRegistry.ImagePushed',
        eventTime: '2026-11-20T11:59:59Z',
        subject: 'shop/api:1.2.3',
        data: push(),
        dataVersion: '1.0',
      },
    ],
    ['Event Grid before 2019', { id: 'e1', eventType: 'ImagePushed', subject: 'shop/api:1.2.3', data: push() }],
    [
      'CloudEvents',
      {
        id: 'e1',
        specversion: '1.0',
        type: 'Microsoft.ContainerRegistry.ImagePushed',
        source: '/subscriptions/x',
        data: push(),
      },
    ],
  ])('%s', (_name, message) => {
    expect(parseRegistryEvent(message, receivedAt)).toEqual(expected);
  });

  test('a chart that Helm pushed is one too, and what `az acr helm` pushed is none', () => {
    const pushed = { eventType: 'Microsoft.ContainerRegistry.ChartPushed', data: push() };
    expect(parseRegistryEvent(pushed, receivedAt)).toEqual(expected);
    const { request: _request, ...legacy } = push({
      action: 'chart_push',
      target: { tag: 'orders-1.4.0.tgz', name: 'orders', version: '1.4.0.tgz' },
    });
    const cloudEvent = { specversion: '1.0', type: 'Microsoft.ContainerRegistry.ChartPushed', data: legacy };
    expect(parseRegistryEvent(cloudEvent, receivedAt)).toEqual({ kind: 'ignored', reason: 'chart_push' });
  });

  test('a time more than 5 minutes ahead is the time of receipt', () => {
    const data = push({ timestamp: '2026-11-20T12:05:01Z' });
    const event = { eventType: 'ImagePushed', eventTime: '2030-01-01T00:00:00Z', data };
    expect(parseRegistryEvent(event, receivedAt)).toMatchObject({ pushedAt: receivedAt.toISOString() });
  });

  test('another type of event asks for nothing', () => {
    const message = { eventType: 'Microsoft.ContainerRegistry.ImageDeleted', data: push({ action: 'delete' }) };
    expect(parseRegistryEvent(message, receivedAt)).toEqual({ kind: 'ignored', reason: 'other-event-type' });
  });

  test('a problem inside names its field from the outside', () => {
    const message = {
      specversion: '1.0',
      type: 'Microsoft.ContainerRegistry.ImagePushed',
      data: push({ target: { tag: '-' } }),
    };
    expect(parseRegistryEvent(message, receivedAt)).toMatchObject({ problems: [{ field: 'data.target.tag' }] });
  });
});
