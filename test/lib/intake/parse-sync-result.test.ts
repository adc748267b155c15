import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readApplication } from '../../../src/lib/intake/argocd-application.ts';
import { parseSyncResult } from '../../../src/lib/intake/parse-sync-result.ts';
import type { SyncResult } from '../../../src/lib/intake/sync-result.ts';

const fixtures = join(import.meta.dirname, '../../local/argocd/fixtures');
const commit = '4e1d9a70b2c5f86331d07ac9be52f4180d6c7b9a';
const next = 'b07c5a3391ee4f2d86a0cc174d5e9f3b2a61c8d4';
const hydrated = '0f3e2d1c4b5a69788796a5b4c3d2e1f00112233a';
const receivedAt = new Date('2026-11-20T12:00:00Z');

const { renderings } = JSON.parse(readFileSync(join(fixtures, 'renderings.json'), 'utf8')) as {
  renderings: Readonly<Record<string, { readonly body: string }>>;
};

/** What Go rendered from an Application with the shipped template. */
function rendered(name: string): unknown {
  return JSON.parse(renderings[name]?.body ?? '');
}

function application(name: string): unknown {
  return JSON.parse(readFileSync(join(fixtures, 'applications', `${name}.json`), 'utf8'));
}

const parse = (body: unknown) => parseSyncResult(body, receivedAt);

test('an application that was synced', () => {
  expect(parse(rendered('succeeded'))).toEqual({
    kind: 'sync-result',
    application: { namespace: 'argocd', name: 'orders-dev', uid: '7c0f2a54-1f0b-4f6e-9a0e-52d9a1b0c6e3' },
    argocdUrl: 'https://argocd.contoso.example',
    sources: [
      {
        repoUrl: 'https://dev.azure.com/contoso/platform/_git/gitops',
        path: 'apps/orders',
        targetRevision: 'main',
        valueFiles: ['values-dev.yaml'],
      },
    ],
    sync: { status: 'Synced', revisions: [commit] },
    health: {
      status: 'Healthy',
      lastTransitionTime: '2026-11-20T10:01:10.000Z',
      degradedResources: [],
      degradedResourcesOmitted: 0,
    },
    operation: {
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      startedAt: '2026-11-20T10:00:40.000Z',
      finishedAt: '2026-11-20T10:01:05.000Z',
      revisions: [commit],
      failedResources: [],
      failedResourcesOmitted: 0,
    },
    images: ['contoso.azurecr.io/orders/api:main-71-0a1b2c3d', 'contoso.azurecr.io/orders/worker:main-70-99aa00bb'],
    imagesOmitted: 0,
    conditions: [],
    reconciledAt: '2026-11-20T10:01:12.000Z',
  });
});

test('an operation that runs has no end, and no revision before one is known', () => {
  expect(parse(rendered('running'))).toMatchObject({
    sync: { status: 'OutOfSync', revisions: [next] },
    operation: { phase: 'Running', startedAt: '2026-11-20T10:00:40.000Z', revisions: [] },
  });
  expect(parse(rendered('running'))).not.toHaveProperty('operation.finishedAt');
});

test('revisions of several sources keep the index of their source', () => {
  expect(parse(rendered('multi-source'))).toMatchObject({
    sources: [{ ref: 'values' }, { chart: 'orders' }, { path: 'apps/orders/extra' }],
    sync: { revisions: [commit, '3.1.4', commit] },
    operation: { revisions: [commit, '3.1.4', commit] },
  });
});

test('the source hydrator names the dry and the hydrated commit', () => {
  expect(parse(rendered('hydrator'))).toMatchObject({
    sources: [],
    hydrator: {
      source: { repoUrl: 'https://dev.azure.com/contoso/platform/_git/gitops', path: 'apps/orders/dev' },
      targetBranch: 'rendered/dev',
      drySha: next,
      hydratedSha: hydrated,
    },
    sync: { revisions: [hydrated] },
  });
});

test('what failed is named with the reason, on one line', () => {
  expect(parse(rendered('failed'))).toMatchObject({
    operation: {
      phase: 'Failed',
      message: expect.stringMatching(/^one or more objects failed to apply, .* ünïcödé 🚀$/u) as unknown,
      failedResources: [
        {
          group: 'apps',
          kind: 'Deployment',
          namespace: 'orders',
          name: 'orders',
          status: 'SyncFailed',
          message: 'Deployment.apps "orders" is invalid: image: Required value',
          syncPhase: 'Sync',
        },
        { kind: 'Job', name: 'migrate', hookPhase: 'Failed', message: 'Job has reached the specified backoff limit' },
      ],
    },
    conditions: [{ type: 'SyncError' }],
  });
});

test('resources whose health Argo CD keeps are named', () => {
  expect(parse(rendered('degraded'))).toMatchObject({
    health: {
      status: 'Degraded',
      degradedResources: [{ kind: 'Deployment', message: 'Deployment "orders" exceeded its progress deadline' }],
    },
  });
});

describe('the account that started the sync', () => {
  const body = rendered('succeeded') as { readonly operation: object };
  test.each([
    ['Argo CD itself', { automated: true }, undefined],
    ['an account', { username: 'kim' }, { name: 'kim' }],
    ['fields of two merged operations', { automated: true, username: 'kim' }, { name: 'kim', orAutomated: true }],
    ['a name on several lines', { username: `kim\n${'x'.repeat(150)}` }, { name: `kim ${'x'.repeat(96)}` }],
    ['another form', { username: { first: 'kim' }, automated: 'yes' }, undefined],
    ['a text', 'kim', undefined],
    ['nothing', null, undefined],
  ])('%s', (_name, initiatedBy, startedBy) => {
    const result = parse({ ...body, operation: { ...body.operation, initiatedBy } }) as SyncResult;
    expect(result.operation?.startedBy).toEqual(startedBy);
  });

  test('the history of the API decides between the fields of two merged operations', () => {
    const { status, ...rest } = application('succeeded') as { readonly status: Readonly<Record<string, object>> };
    const merged = { ...status['operationState'], operation: { initiatedBy: { automated: true, username: 'kim' } } };
    const read = (history?: object) => {
      const result = readApplication({ ...rest, status: { ...status, operationState: merged, history } }, receivedAt);
      return (result as SyncResult).operation?.startedBy;
    };
    const [before, own] = ['2026-11-20T09:00:00Z', '2026-11-20T10:00:40Z'];
    const [automated, kim, lee] = [{ automated: true }, { username: 'kim' }, { username: 'lee' }];
    const first = { deployStartedAt: before, initiatedBy: lee };
    expect(read([first, { deployStartedAt: own, initiatedBy: automated }])).toBeUndefined();
    expect(read([first, { deployStartedAt: own, initiatedBy: kim }])).toEqual({ name: 'kim' });
    expect(read([first])).toEqual({ name: 'kim', orAutomated: true });
    expect(read()).toEqual({ name: 'kim', orAutomated: true });
  });
});

test('the template cuts the middle of long messages, without half characters', () => {
  expect(parse(rendered('long-texts'))).toMatchObject({
    operation: {
      message: `x${'🚀'.repeat(166)} … ${'🚀'.repeat(333)}`,
      failedResources: [{ message: `ab${'🚀'.repeat(74)}` }, { kind: 'Job' }],
    },
  });
});

describe('says nothing', () => {
  test.each([
    ['an application without status', rendered('fresh')],
    ['an application of which every status is missing', { application: { name: 'a', namespace: 'b' } }],
    ['empty statuses', { application: { name: 'a', namespace: 'b' }, sync: { status: '' }, health: { status: '' } }],
  ])('%s', (_name, body) => {
    expect(parse(body)).toEqual({ kind: 'ignored', reason: 'no-status' });
  });

  test('but an unknown sync status does', () => {
    expect(parse(rendered('empty-status'))).toMatchObject({
      sync: { status: 'Unknown', revisions: [] },
      health: { status: 'Unknown' },
      conditions: [{ type: 'ComparisonError' }],
    });
  });
});

/** Of long texts the API gives all, and the notification a part. */
const sameInBoth = readdirSync(join(fixtures, 'applications'))
  .map((file) => file.replace('.json', ''))
  .filter((name) => name !== 'long-texts');

test.each(sameInBoth)('the API says the same as the notification: %s', (name) => {
  const result = readApplication(application(name), receivedAt, 'https://argocd.contoso.example/');
  const { syncPolicy: _syncPolicy, ...told } = { syncPolicy: undefined, ...result };
  expect(told).toEqual(parse(rendered(name)));
});

test.each([
  [undefined, { isAutomated: false, prunes: false }],
  [{}, { isAutomated: false, prunes: false }],
  [{ automated: {} }, { isAutomated: true, prunes: false }],
  [{ automated: { prune: true, selfHeal: true } }, { isAutomated: true, prunes: true }],
  [{ automated: { enabled: false, prune: true } }, { isAutomated: false, prunes: true }],
])('the API shows whether Argo CD syncs by itself: %j', (syncPolicy, expected) => {
  const own = application('succeeded') as { spec: object };
  const body = { ...own, spec: { ...own.spec, syncPolicy } };
  expect(readApplication(body, receivedAt)).toMatchObject({ syncPolicy: expected });
});

test('attempts that failed are counted, and the end of a long message is kept', () => {
  expect(parse(rendered('retrying'))).toMatchObject({
    operation: {
      phase: 'Running',
      retryCount: 2,
      retryLimit: 5,
      failedResources: [{ kind: 'Deployment' }, { kind: 'Job' }],
    },
  });
  const [condition] = (parse(rendered('unrendered')) as SyncResult).conditions;
  expect(condition?.message).toMatch(/^Failed to load target state: .* … .*: image\.tag is required$/);
  expect(condition?.lastTransitionTime).toBe('2026-11-20T10:04:10.000Z');
});

const small = {
  application: { name: 'orders', namespace: 'argocd' },
  sync: { status: 'Synced', revision: commit },
  health: { status: 'Healthy' },
  operation: { phase: 'Succeeded', startedAt: '2026-11-20T10:00:00Z' },
};

describe('is not of the documented shape, and the field is named', () => {
  test.each([
    [null, '(body)'],
    ['Synced', '(body)'],
    [{}, 'application'],
    [{ ...small, application: { name: 'orders' } }, 'application.namespace'],
    [{ ...small, application: { name: '../x', namespace: 'argocd' } }, 'application.name'],
    [{ ...small, application: { name: 'a/b', namespace: 'argocd' } }, 'application.name'],
    [{ ...small, application: { name: 'Orders', namespace: 'argocd' } }, 'application.name'],
    [{ ...small, application: { name: 'x'.repeat(254), namespace: 'argocd' } }, 'application.name'],
    [{ ...small, sync: { status: 'Fine' } }, 'sync.status'],
    [{ ...small, sync: { status: 'Synced', revision: 7 } }, 'sync.revision'],
    [{ ...small, health: { status: 'Sick' } }, 'health.status'],
    [{ ...small, health: { status: 'Healthy', lastTransitionTime: 'today' } }, 'health.lastTransitionTime'],
    [{ ...small, operation: { phase: 'Running' } }, 'operation.startedAt'],
    [{ ...small, operation: { phase: 'Done', startedAt: '2026-11-20T10:00:00Z' } }, 'operation.phase'],
    [{ ...small, operation: { phase: 'Failed', startedAt: '0000-01-01T00:00:00Z' } }, 'operation.startedAt'],
    [{ ...small, reconciledAt: '2026-11-20' }, 'reconciledAt'],
  ])('%j', (body, field) => {
    expect(parse(body)).toMatchObject({ kind: 'malformed', problems: [{ field }] });
  });

  test('an Application without metadata', () => {
    expect(readApplication({ spec: {} }, receivedAt)).toMatchObject({ problems: [{ field: 'metadata' }] });
  });
});

describe('what only describes is left out where it has another form', () => {
  test.each([
    ['an address that is no web page', { argocdUrl: 'javascript:alert(1)' }, 'argocdUrl'],
    ['an address with a password', { argocdUrl: 'https://a:b@argocd.contoso.example' }, 'argocdUrl'],
    ['a uid that is none', { application: { ...small.application, uid: 'x y' } }, 'application.uid'],
  ])('%s', (_name, part, field) => {
    const result = parse({ ...small, ...part });
    expect(result).toMatchObject({ kind: 'sync-result' });
    expect(result).not.toHaveProperty(field);
  });

  test('a requested range of versions is no revision', () => {
    const operation = { ...small.operation, requestedRevision: '>=1.0 <2.0' };
    expect(parse({ ...small, operation })).toMatchObject({ operation: { revisions: [] } });
  });

  test('what cannot be an image', () => {
    expect(parse({ ...small, images: ['a/b:1', 'a/b:1', 'no image', '<script>'] })).toMatchObject({
      images: ['a/b:1'],
    });
  });
});

const at = (startedAt: string, finishedAt: string, reconciledAt: string) =>
  parse({ ...small, operation: { ...small.operation, startedAt, finishedAt }, reconciledAt });

describe('a clock that is ahead', () => {
  test('by 5 min at most is believed', () => {
    expect(at('2026-11-20T12:04:00Z', '2026-11-20T12:04:30Z', '2026-11-20T12:05:00Z')).toMatchObject({
      operation: { startedAt: '2026-11-20T12:04:00.000Z', finishedAt: '2026-11-20T12:04:30.000Z' },
      reconciledAt: '2026-11-20T12:05:00.000Z',
    });
  });

  test('by more counts as the time of receipt, and so does what it says of that time', () => {
    expect(at('2026-11-20T11:59:00Z', '2026-11-20T12:04:59Z', '2026-11-20T12:05:01Z')).toMatchObject({
      operation: { startedAt: '2026-11-20T11:59:00.000Z', finishedAt: receivedAt.toISOString() },
      reconciledAt: receivedAt.toISOString(),
    });
    expect(at('2027-01-01T00:00:00+02:00', '2027-01-01T00:00:00Z', '2027-01-01T00:00:01Z')).toMatchObject({
      operation: { startedAt: receivedAt.toISOString(), finishedAt: receivedAt.toISOString() },
    });
  });
});

test('long lists are cut, and what is left out is counted', () => {
  const resource = { kind: 'Job', name: 'j', status: 'SyncFailed', message: 'm' };
  const body = {
    ...small,
    operation: {
      ...small.operation,
      failedResources: Array.from({ length: 30 }, () => resource),
      failedResourcesOmitted: 5,
    },
    images: Array.from({ length: 250 }, (_, index) => `contoso.azurecr.io/api:${index}`),
    imagesOmitted: 3,
  };
  const result = parse(body);
  expect(result).toMatchObject({ operation: { failedResourcesOmitted: 15 }, imagesOmitted: 53 });
  expect(result).toHaveProperty('operation.failedResources.length', 20);
  expect(result).toHaveProperty('images.length', 200);
});

const longResource = (index: number) => ({
  group: 'apps',
  kind: 'Deployment',
  namespace: 'n'.repeat(63),
  name: `${'d'.repeat(240)}${index}`,
  message: 'm'.repeat(300),
});

test('long entries are cut too: what the API says of the largest application fits into a message', () => {
  const many = Array.from({ length: 40 }, (_, index) => longResource(index));
  const result = parse({
    ...small,
    operation: { ...small.operation, message: 'm'.repeat(2000), failedResources: many },
    health: { status: 'Degraded', degradedResources: many },
    images: Array.from(
      { length: 250 },
      (_, index) => `contoso.azurecr.io/${'a'.repeat(100)}:${index}@sha256:${'d'.repeat(64)}`,
    ),
  });
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(30_000);
  const { images, imagesOmitted, operation } = result as SyncResult;
  expect(images.length + imagesOmitted).toBe(250);
  expect((operation?.failedResources.length ?? 0) + (operation?.failedResourcesOmitted ?? 0)).toBe(40);
});
