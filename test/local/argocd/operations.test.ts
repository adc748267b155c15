import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { OperationState } from '../../../local/argocd/application.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { checkout, image, pace, statusOf, until, useArgoCd, values } from './stage.ts';

const { start, push, commit } = useArgoCd();

/** Receives notifications, as phase and count of retries. */
async function receive() {
  const heard: { readonly phase: string | null; readonly retryCount: number | null; readonly at: number }[] = [];
  const receiver = await serveOnLoopback(async (request, response) => {
    const { operation } = JSON.parse(await text(request)) as { operation: OperationState & { retryCount: number } };
    heard.push({ phase: operation.phase, retryCount: operation.retryCount, at: Date.now() });
    response.writeHead(202).end();
  });
  return { heard, receiver };
}

describe('a failing automated sync', () => {
  test('runs on while it is repeated, each attempt with the resources that failed, and ends after five retries', async () => {
    const { heard, receiver } = await receive();
    const argocd = await start('1.0.0', { notifyUrl: receiver.url, pace: { retryMs: 40 } });
    const revision = await push('invalid-1');
    argocd.refresh();
    await until(() => expect(statusOf(argocd).operationState?.retryCount).toBe(1));
    expect(statusOf(argocd)).toMatchObject({
      sync: { status: 'OutOfSync' },
      operationState: {
        phase: 'Running',
        finishedAt: expect.any(String),
        message: expect.stringMatching(
          /^one or more objects failed to apply, reason: .*Retrying attempt #1 at \d+:\d\d[AP]M\.$/,
        ),
        operation: { initiatedBy: { automated: true }, sync: { revision }, retry: { limit: 5 } },
        syncResult: { revision, resources: [{ kind: 'Deployment', status: 'SyncFailed' }] },
      },
    });
    await until(() => expect(statusOf(argocd).conditions).toMatchObject([{ type: 'SyncError' }]));
    expect(statusOf(argocd).operationState).toMatchObject({ phase: 'Failed', retryCount: 5 });
    expect(statusOf(argocd).operationState?.message).toMatch(/\(retried 5 times\)\.$/);
    await until(() => expect(heard.at(-1)).toMatchObject({ phase: 'Failed' }));
    const attempts = heard.filter(({ phase, retryCount }) => phase === 'Running' && retryCount !== null);
    expect(new Set(attempts.map(({ retryCount }) => retryCount))).toEqual(new Set([1, 2, 3, 4, 5]));
    await receiver.close();
  });

  test('keeps its revision while it is repeated, and the operation of a newer commit hides that it failed', async () => {
    const { heard, receiver } = await receive();
    const argocd = await start('1.0.0', { notifyUrl: receiver.url, pace: { retryMs: 60 } });
    const bad = await push('invalid-1');
    argocd.refresh();
    await until(() => expect(statusOf(argocd).operationState?.retryCount).toBe(1));
    const good = await push('1.1.0');
    argocd.refresh();
    await until(() => expect(statusOf(argocd).sync).toMatchObject({ status: 'OutOfSync', revision: good }));
    expect(statusOf(argocd).operationState).toMatchObject({ phase: 'Running', operation: { sync: { revision: bad } } });
    await until(() =>
      expect(statusOf(argocd)).toMatchObject({ sync: { status: 'Synced' }, health: { status: 'Healthy' } }),
    );
    expect(statusOf(argocd).operationState).toMatchObject({ phase: 'Succeeded', syncResult: { revision: good } });
    await until(() => expect(heard.at(-1)).toMatchObject({ phase: 'Succeeded' }));
    expect(heard.map(({ phase }) => phase)).not.toContain('Failed');
    await receiver.close();
  });

  test('a fix without a change of the live state is Synced, and the failed operation stays', async () => {
    const policy = { automated: { prune: true }, retry: { limit: 0 } };
    const argocd = await start('1.0.0', { applications: [{ ...checkout, syncPolicy: policy }] });
    await push('invalid-1');
    argocd.refresh();
    await until(() => expect(statusOf(argocd).operationState?.phase).toBe('Failed'));
    const fix = await push('1.0.0');
    argocd.refresh();
    await until(() => expect(statusOf(argocd).sync).toEqual({ status: 'Synced', revision: fix }));
    expect(statusOf(argocd)).toMatchObject({ health: { status: 'Healthy' }, operationState: { phase: 'Failed' } });
  });
});

test('a sync by a patch of the Application merges: until it ends, fields are those of the operation before', async () => {
  const argocd = await start('1.0.0', { pace: { syncMs: 100 } });
  const before = await push('1.1.0');
  argocd.refresh();
  await until(() =>
    expect(statusOf(argocd)).toMatchObject({ sync: { status: 'Synced' }, operationState: { phase: 'Succeeded' } }),
  );
  const { startedAt } = statusOf(argocd).operationState ?? {};
  argocd.sync('argocd/checkout-dev');
  await until(() => expect(statusOf(argocd).operationState?.phase).toBe('Running'));
  expect(statusOf(argocd).operationState).toMatchObject({
    message: 'successfully synced (all tasks run)',
    operation: { initiatedBy: { automated: true, username: 'admin' }, sync: { revision: before } },
    syncResult: { revision: before },
  });
  expect(statusOf(argocd).operationState).not.toHaveProperty('finishedAt');
  expect(statusOf(argocd).operationState?.startedAt).not.toBe(startedAt);
});

describe('manifests that cannot be made', () => {
  const broken = { 'apps/checkout/values.yaml': 'image: {tag: "1\n' };

  test('are Unknown at the branch, with the cause at the end of a long message; a manual sync ends in Error', async () => {
    const argocd = await start('1.0.0');
    await commit(broken);
    argocd.refresh();
    await until(() => expect(statusOf(argocd).sync).toEqual({ status: 'Unknown', revision: 'main' }));
    const [condition] = statusOf(argocd).conditions ?? [];
    expect(condition?.type).toBe('ComparisonError');
    expect(condition?.message).toMatch(
      /^Failed to load target state: failed to generate manifest for source 1 of 1: rpc error/,
    );
    expect(condition?.message.length).toBeGreaterThan(1000);
    expect(condition?.message.slice(-300)).toContain('failed to parse');
    argocd.sync('argocd/checkout-dev');
    await until(() => expect(statusOf(argocd).operationState?.phase).toBe('Error'));
    expect(statusOf(argocd).operationState).toMatchObject({
      message: expect.stringContaining('ComparisonError: '),
      syncResult: { revision: '' },
    });
    await push('1.1.0');
    argocd.refresh();
    await until(() => expect(statusOf(argocd)).toMatchObject({ sync: { status: 'Synced' }, conditions: [] }));
  });

  test('a poll ignores the error for a grace period, in which nothing is reconciled', async () => {
    const argocd = await start('1.0.0', { pace: { ...pace, pollMs: 10, graceMs: 1500 } });
    await commit(broken);
    await until(async () => {
      const { reconciledAt } = statusOf(argocd);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(statusOf(argocd)).toMatchObject({ reconciledAt, sync: { status: 'Synced' } });
    });
    await until(() => expect(statusOf(argocd).sync.status).toBe('Unknown'));
  });
});

describe('OutOfSync for ever, though the operation succeeded and the image runs', () => {
  test('a leftover that automated sync does not prune', async () => {
    const applications = [{ ...checkout, syncPolicy: { automated: {} } }];
    const argocd = await start('1.0.0', { applications });
    await commit({ 'apps/checkout/values.yaml': values('1.0.0').replace('shop/checkout', 'shop/cart') });
    argocd.refresh();
    await until(() => expect(statusOf(argocd).operationState?.phase).toBe('Succeeded'));
    await until(() =>
      expect(statusOf(argocd)).toMatchObject({ sync: { status: 'OutOfSync' }, health: { status: 'Healthy' } }),
    );
    const { startedAt } = statusOf(argocd).operationState ?? {};
    const images = ['contoso.azurecr.io/shop/cart:1.0.0', image('1.0.0')];
    await until(() => expect(statusOf(argocd)).toMatchObject({ health: { status: 'Healthy' }, summary: { images } }));
    const unrelated = await commit({ 'README.md': 'x' });
    argocd.refresh();
    await until(() => expect(statusOf(argocd).sync).toEqual({ status: 'OutOfSync', revision: unrelated }));
    expect(statusOf(argocd).operationState?.startedAt).toBe(startedAt);
  });

  test('a live state that a controller changes after each sync', async () => {
    const argocd = await start('1.0.0', { applications: [{ ...checkout, drifts: true }] });
    const revision = await push('1.1.0');
    argocd.refresh();
    await until(() =>
      expect(statusOf(argocd).operationState).toMatchObject({ phase: 'Succeeded', syncResult: { revision } }),
    );
    await until(() =>
      expect(statusOf(argocd)).toMatchObject({ health: { status: 'Healthy' }, summary: { images: [image('1.1.0')] } }),
    );
    expect(statusOf(argocd).sync.status).toBe('OutOfSync');
  });
});

test('a rollout without ready pods is degraded only after its progress deadline', async () => {
  const argocd = await start('1.0.0', { pace: { deadlineMs: 300 } });
  await push('1.1.0-broken');
  const since = Date.now();
  argocd.refresh();
  await until(() => expect(statusOf(argocd).health.status).toBe('Degraded'));
  expect(Date.now() - since).toBeGreaterThanOrEqual(300);
});

test('notifications lag: one worker evaluates applications one after the other', async () => {
  const { heard, receiver } = await receive();
  const applications = Array.from({ length: 6 }, (_, index) => ({
    ...checkout,
    ...(index > 0 && { name: `checkout-${index}` }),
  }));
  await start('1.0.0', { applications, notifyUrl: receiver.url, pace: { evaluationMs: 100 } });
  await until(() => expect(heard.length).toBeGreaterThanOrEqual(6));
  expect((heard.at(5)?.at ?? 0) - (heard[0]?.at ?? 0)).toBeGreaterThanOrEqual(400);
  await receiver.close();
});
