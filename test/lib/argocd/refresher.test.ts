import { expect, test } from 'vitest';
import { makeRefresher } from '../../../src/lib/argocd/refresher.ts';
import type { RefresherDeps } from '../../../src/lib/argocd/refresher.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { LogFields } from '../../../src/lib/model/log.ts';
import { syncResult } from '../../support/settling.ts';

const result = syncResult({ revision: 'c1', health: 'Progressing', reconciledAt: 1 });

/** A refresher by a clock that its own pauses move. */
function bench(
  answer: (application: string, attempt: number) => Promise<void> = () => Promise.resolve(),
  options = {},
) {
  let time = 0;
  const asked: { readonly application: string; readonly at: number }[] = [];
  const answers: string[] = [];
  const logged: { readonly event: string; readonly fields: LogFields }[] = [];
  const ask =
    (prefix: string) =>
    (application: string): Promise<void> => {
      const name = `${prefix}${application}`;
      asked.push({ application: name, at: time });
      return answer(application, asked.filter((one) => one.application === name).length);
    };
  const deps: RefresherDeps = {
    argoCd: {
      knows: (name) => !name.startsWith('unknown/'),
      refresh: async (name) => {
        await ask('')(name);
        return result;
      },
      refreshHolder: ask('holder of '),
      getApplication: async (name) => {
        await ask('get ')(name);
        return result;
      },
      startSync: ask('sync '),
    },
    onAnswer: (application, answered, cause) => {
      answers.push(`${cause} ${application} ${answered?.health.status}`);
      return Promise.resolve();
    },
    now: () => new Date(time),
    sleep: async (ms) => {
      time += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    log: (_level, event, fields = {}) => void logged.push({ event, fields }),
    ...options,
  };
  const refresher = makeRefresher(deps);
  const request = (application: string, commit: string, isHeld = false) =>
    refresher.request({ application, commit, isHeld });
  const askFor = (application: string) => refresher.ask(application);
  return { refresher, request, askFor, asked, answers, logged };
}

test('an application is refreshed once for a commit, however many updates it has', async () => {
  const { refresher, request, asked } = bench();
  for (let update = 0; update < 20; update += 1) request('argocd/shop', 'c1');
  await refresher.idle();
  request('argocd/shop', 'c1');
  await refresher.idle();
  expect(asked.map(({ application }) => application)).toEqual(['argocd/shop']);
  request('argocd/shop', 'c2');
  await refresher.idle();
  expect(asked.map(({ application }) => application)).toEqual(['argocd/shop', 'argocd/shop']);
});

test('at most ten refreshes start in a second, and commits that gather share one', async () => {
  const { refresher, request, asked } = bench();
  for (const commit of ['c1', 'c2', 'c3'])
    for (let index = 0; index < 100; index += 1) request(`argocd/shop-${index}`, commit);
  await refresher.idle();
  // The first one has started before its second commit arrives.
  expect(asked.length).toBeLessThanOrEqual(101);
  expect(new Set(asked.map(({ application }) => application)).size).toBe(100);
  for (const { at } of asked)
    expect(asked.filter((other) => other.at >= at && other.at < at + 1000).length).toBeLessThanOrEqual(10);
});

test('an instance without access is not asked', async () => {
  const { refresher, request, asked } = bench();
  request('unknown/argocd/shop', 'c1');
  await refresher.idle();
  expect(asked).toEqual([]);
});

test('the manifest of an application is refreshed through its holder', async () => {
  const { refresher, request, asked } = bench();
  request('argocd/shop', 'c1', true);
  request('argocd/shop', 'c1', false);
  await refresher.idle();
  expect(asked.map(({ application }) => application).toSorted()).toEqual(['argocd/shop', 'holder of argocd/shop']);
});

test.each(['argocd-unavailable', 'argocd-sign-in-failed', 'throttled', 'answer-not-understood'] as const)(
  'after %s the Argo CD is left alone for a pause, then asked a few times',
  async (code) => {
    const { refresher, request, asked, logged } = bench(() => Promise.reject(new Failure(code, 'no')));
    request('argocd/shop', 'c1');
    await refresher.idle();
    expect(asked.length).toBe(4);
    const pauses = asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0));
    expect(pauses).toEqual([5_000, 10_000, 20_000]);
    expect(logged.map(({ fields }) => fields['willRetry'])).toEqual([true, true, true, false]);
  },
);

test('an outage of one Argo CD delays no other', async () => {
  const { refresher, request, asked } = bench((application) =>
    application.startsWith('weu/') ? Promise.reject(new Failure('argocd-unavailable', 'no')) : Promise.resolve(),
  );
  request('weu/argocd/shop', 'c1');
  request('neu/argocd/shop', 'c1');
  await refresher.idle();
  expect(asked.find(({ application }) => application.startsWith('neu/'))?.at).toBe(0);
});

test('many applications of an Argo CD that fails cost few requests, and are dropped after its own poll', async () => {
  const { refresher, request, asked } = bench(() => Promise.reject(new Failure('argocd-unavailable', 'no')));
  for (let index = 0; index < 500; index += 1) request(`argocd/shop-${index}`, 'c1');
  await refresher.idle();
  expect(asked.length).toBeLessThan(30);
  expect(asked.at(-1)?.at).toBeLessThanOrEqual(3 * 60_000);
});

test('a wait that Argo CD asks for is kept', async () => {
  const failure = new Failure('throttled', 'slow down', { retryAfterSeconds: 30 });
  const { refresher, request, asked } = bench((_name, attempt) =>
    attempt === 1 ? Promise.reject(failure) : Promise.resolve(),
  );
  request('argocd/shop', 'c1');
  await refresher.idle();
  expect(asked.map(({ at }) => at)).toEqual([0, 30_000]);
});

test('a missing right is logged once and delays no other application', async () => {
  const { refresher, request, asked, logged } = bench((application) =>
    application === 'argocd/shop'
      ? Promise.reject(new Failure('argocd-permission-denied', 'permission denied'))
      : Promise.resolve(),
  );
  request('argocd/shop', 'c1');
  request('argocd/cart', 'c1');
  await refresher.idle();
  expect(asked).toHaveLength(2);
  expect(asked.at(-1)?.at).toBe(100);
  expect(logged.find(({ event }) => event === 'argocd-not-refreshed')?.fields).toMatchObject({
    application: 'argocd/shop',
    commit: 'c1',
    code: 'argocd-permission-denied',
    willRetry: false,
  });
});

test('refreshes that do not end hold at most ten requests', async () => {
  const { request, asked } = bench(() => new Promise(() => undefined));
  for (let index = 0; index < 50; index += 1) request(`argocd/shop-${index}`, 'c1');
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(10);
});

test('the answer of a refresh is the state of the application; that of its holder is not', async () => {
  const { refresher, request, answers } = bench();
  request('argocd/shop', 'c1');
  request('argocd/cart', 'c1', true);
  await refresher.idle();
  expect(answers).toEqual(['refresh argocd/shop Progressing', 'refresh argocd/cart undefined']);
});

test('asks share the bounds of refreshes, wait behind them, and each application is asked once', async () => {
  const { refresher, request, askFor, asked } = bench();
  for (let index = 0; index < 50; index += 1) askFor(`argocd/shop-${index}`);
  for (let index = 0; index < 50; index += 1) askFor(`argocd/shop-${index}`);
  request('argocd/shop-49', 'c1');
  askFor('argocd/shop-49');
  askFor('unknown/argocd/shop');
  await refresher.idle();
  expect(asked[0]?.application).toBe('argocd/shop-49');
  expect(asked).toHaveLength(50);
  for (const { at } of asked)
    expect(asked.filter((other) => other.at >= at && other.at < at + 1000).length).toBeLessThanOrEqual(10);
});

test('an ask without an answer is logged, and retried after a pause', async () => {
  const { refresher, askFor, logged, answers } = bench((_name, attempt) =>
    attempt === 1 ? Promise.reject(new Failure('argocd-unavailable', 'no')) : Promise.resolve(),
  );
  askFor('argocd/shop');
  await refresher.idle();
  expect(logged.map(({ event }) => event)).toEqual(['argocd-not-asked', 'argocd-asked']);
  expect(answers).toEqual(['ask argocd/shop Progressing']);
});

test('a sync is requested after reading the state again, and only if that still needs one', async () => {
  const { refresher, asked } = bench();
  const started: string[] = [];
  const start = (application: string, request: { readonly prune: boolean } | undefined) =>
    refresher.startSync({
      application,
      commit: 'c1',
      requestFor: () => Promise.resolve(request && { target: application, request }),
      onStarted: (target) => Promise.resolve(void started.push(target)),
      onRefused: () => Promise.resolve(),
    });
  start('ns/a', { prune: false });
  start('ns/a', { prune: false });
  start('ns/b', undefined);
  start('unknown/ns/c', { prune: false });
  await refresher.idle();
  expect(asked.map(({ application }) => application)).toEqual(['get ns/a', 'sync ns/a', 'get ns/b']);
  expect(started).toEqual(['ns/a']);
});

test.each([
  ['argocd-sync-refused', 1, ['window']],
  ['argocd-operation-running', 1, []],
  ['argocd-unavailable', 4, []],
] as const)('a sync that ends with %s', async (code, requests, expected) => {
  const { refresher, asked } = bench((name) =>
    name === 'ns/a' && asked.at(-1)?.application === 'sync ns/a'
      ? Promise.reject(new Failure(code, 'window'))
      : Promise.resolve(),
  );
  const refused: string[] = [];
  refresher.startSync({
    application: 'ns/a',
    commit: 'c1',
    requestFor: () => Promise.resolve({ target: 'ns/a', request: { prune: false } }),
    onStarted: () => Promise.reject(new Error('not started')),
    onRefused: (_target, reason) => Promise.resolve(void refused.push(reason)),
  });
  await refresher.idle();
  expect(asked.filter(({ application }) => application === 'sync ns/a')).toHaveLength(requests);
  expect(refused).toEqual(expected);
});
