import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { commitCount } from '../support/platform.ts';
import { healthyAt } from '../support/settling.ts';
import { azureHost } from '../support/pull-requests/azure-host.ts';
import { startFaultedApp } from './app.ts';
import type { FaultedApp, FaultedAppOptions } from './app.ts';
import { playEveryFault } from './every-call.ts';
import type { Scenario } from './every-call.ts';
import { shiftClock } from './shifted-clock.ts';

const routesOf = (more: string) => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev, ${more} } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;
const newestRoutes = routesOf('delivery: commit').replace("match: '^(\\d+)$', order: numeric", 'order: newest');
const buildRoutes = routesOf(
  "delivery: commit, build: { definition: shop-ci, tag: '{buildId}' }, from: { branches: [main] }",
);
const orderRoutes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main, delivery: commit }
environments:
  dev: { tags: { match: '^(\\d+)$', order: numeric } }
  prod: { promoteFrom: dev, windows: [{ kind: allow, schedule: '0 22 * * *', duration: 1h, timeZone: UTC }] }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    application: argocd/shop-{environment}
    environments: [dev, prod]
`;
const fileOf = (tag: string) => `image: { tag: "${tag}" }\n`;
const files = Object.fromEntries(['api', 'dev', 'prod'].map((name) => [`${name}.yaml`, fileOf('1')]));
/** Every so many calls fail. `FAULT_STEP=1` lets each fail: some minutes for each scenario. */
const usualStep = 40;
const step = Number(process.env['FAULT_STEP'] ?? usualStep);
/** A test that goes on after its time would change the clock of the next one. */
const longestMs = (600_000 * usualStep) / step;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
let clock: ReturnType<typeof shiftClock>;
beforeAll(() => {
  clock = shiftClock();
  vi.spyOn(Math, 'random').mockReturnValue(0.001);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterAll(() => {
  clock.restore();
  vi.restoreAllMocks();
});

const startWith =
  (routes: string, options: Pick<FaultedAppOptions, 'hasRegistry' | 'forwards' | 'settings'> = {}) =>
  (): Promise<FaultedApp> => {
    clock.set('2026-11-20T10:00:00Z');
    return startFaultedApp({ clock, routes, files, ...options });
  };

/** Only the work counts, and what its faults delay. */
async function workAndRest(app: FaultedApp): Promise<void> {
  await app.work();
  await app.faults.pause(() => app.rest());
}

const sweeps: Record<string, Scenario> = {
  'push, commit, sync result, healthy, effects, gate': {
    start: startWith(routesOf('delivery: commit')),
    async play(app) {
      const task = app.devops.pipeline.run(
        { organization: 'contoso', project: 'platform' },
        { url: app.gateUrl, body: JSON.stringify({ environment: 'dev', route: 'api', tag: '2' }) },
      );
      await task.answered;
      await app.push('api', '2');
      await app.rest();
      await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 30));
      await app.rest(2);
      task.cancel();
      const { result } = await task.finished;
      return [`gate ${result}`];
    },
    shows: ['gate succeeded'],
  },
  'pull request, merged, healthy': {
    start: startWith(routesOf('delivery: pull-request')),
    async play(app) {
      await app.push('api', '2');
      await app.rest();
      const host = await azureHost(app.devops, []);
      await host.complete(1);
      await app.rest();
      await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 30));
      await app.rest(1);
      return [await app.file()];
    },
    shows: [fileOf('2')],
  },
  'a window is closed, then opens': {
    start: startWith(
      routesOf("delivery: commit, windows: [{ kind: allow, schedule: '0 12 * * *', duration: 2h, timeZone: UTC }]"),
    ),
    async play(app) {
      await app.push('api', '2');
      await app.rest(3);
      return [await app.file()];
    },
    shows: [fileOf('2')],
  },
  'abandoned, then replayed': {
    start: startWith(routesOf('delivery: commit')),
    async play(app) {
      const fault = app.devops.faults.add({ action: { kind: 'unavailable' } });
      await app.push('api', '2');
      // A fault makes its first try a later one.
      for (const hours of [1, 25, 25]) {
        await app.work();
        clock.advance(hours * hourMs);
      }
      await app.rest();
      fault.remove();
      for (let next: string | undefined = ''; next !== undefined;) {
        const answer = await app.order('replay', { all: true, ...(next && { from: next }) });
        next = 'jsonBody' in answer ? (answer.jsonBody as { readonly next?: string }).next : undefined;
      }
      await app.rest(1);
      return [await app.file()];
    },
    shows: [fileOf('2')],
  },
  'a promotion, a rollback and a replay by hand': {
    start: startWith(orderRoutes),
    async play(app) {
      const reason = 'by hand';
      await app.faults.pause(async () => {
        await app.push('api', '2');
        await app.rest();
        await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 30));
        await app.push('api', '3');
        await app.rest();
      });
      const dev = { route: 'api', environment: 'dev' };
      await app.order('promote', { ...dev, environment: 'prod', tag: '2', now: true, reason });
      await workAndRest(app);
      await app.order('rollback', { ...dev, to: '2', reason });
      const { deployments } = await app.faults.pause(() => app.stores.index.list({ ...dev, tag: '3' }, { limit: 1 }));
      await workAndRest(app);
      const rolledBack = await app.file('dev.yaml');
      await app.order('replay', { id: deployments[0]?.update.id, reason });
      await workAndRest(app);
      const shown = [rolledBack, await app.file('dev.yaml'), await app.file('prod.yaml')];
      return [...shown, `${await commitCount(app.bare)} commits`];
    },
    shows: [fileOf('2'), fileOf('3'), fileOf('2'), '6 commits'],
  },
  'an older push has overtaken a newer tag, which is put back': {
    start: startWith(newestRoutes, { hasRegistry: true, forwards: true }),
    async play(app) {
      app.pushUnseen('api', '1');
      clock.advance(minuteMs);
      app.beforeNextPush(async () => {
        clock.advance(minuteMs);
        await app.pushToOther('api', '1');
      });
      await app.push('api', '2');
      await app.rest(1);
      return [await app.file(), `${await commitCount(app.bare)} commits`];
    },
    shows: [fileOf('1'), '3 commits'],
  },
  'a push without an event, found by reconciliation': {
    start: startWith(routesOf('delivery: commit'), {
      hasRegistry: true,
      settings: { RECONCILE_SCHEDULE: '0 */10 * * * *' },
    }),
    async play(app) {
      // The first search only learns what is there.
      await app.faults.pause(() => app.rest(1));
      app.pushUnseen('api', '2');
      await app.rest(1);
      return [await app.file()];
    },
    shows: [fileOf('2')],
  },
  'what is old is removed': {
    start: startWith(routesOf('delivery: commit'), { settings: { RETENTION: '30' } }),
    async play(app) {
      await app.faults.pause(async () => {
        for (const tag of ['2', '3']) {
          await app.push('api', tag);
          await app.rest();
          await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 30));
          await app.rest();
        }
        clock.advance(31 * 24 * hourMs);
      });
      await app.rest(1);
      return app.faults.pause(() => app.tags());
    },
    shows: ['3'],
  },
  'a build, its image, healthy, tags of the build': {
    start: startWith(buildRoutes, { hasRegistry: true }),
    async play(app) {
      app.devops.builds.start({
        organization: 'contoso',
        project: 'shop',
        id: 7,
        definition: { id: 12, name: 'shop-ci' },
        repository: { id: 'r1', type: 'TfsGit', name: 'api', url: 'https://dev.azure.com/contoso/shop/_git/api' },
        sourceVersion: '4f9c1a7d'.repeat(5),
      });
      clock.advance(minuteMs);
      await app.push('api', '7');
      await app.work();
      clock.advance(minuteMs);
      app.devops.builds.finish(7, 'succeeded');
      await app.hook('build.complete', { id: 7, project: { name: 'shop' }, status: 'completed', result: 'succeeded' });
      await app.rest();
      await app.tell('argocd/shop-dev', healthyAt(await app.tip(), 30));
      await app.rest(1);
      return app.devops.builds.get(7)?.tags ?? [];
    },
    shows: ['dev-healthy'],
  },
};

test.each(Object.entries(sweeps))(
  '%s: every call to storage fails once, and the end is the same',
  async (_name, scenario) => {
    const problems = await playEveryFault(scenario, step);
    expect(problems.join('\n')).toBe('');
  },
  longestMs,
);

test('a process that is killed between storing a sync result and processing it loses nothing', async () => {
  const app = await startWith(routesOf('delivery: commit'))();
  onTestFinished(app.close);
  const task = app.devops.pipeline.run(
    { organization: 'contoso', project: 'platform' },
    { url: app.gateUrl, body: JSON.stringify({ environment: 'dev', route: 'api', tag: '2' }) },
  );
  await task.answered;
  await app.push('api', '2');
  await app.rest();
  await app.tellDying('argocd/shop-dev', healthyAt(await app.tip(), 30));
  await app.work();
  expect([await app.count(), app.lines.filter((line) => line.includes(' settled '))]).toEqual([1, []]);
  await app.rest();
  expect((await task.finished).result).toBe('succeeded');
  expect(await app.count()).toBe(0);
});
