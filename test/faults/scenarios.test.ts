import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { healthyAt } from '../support/settling.ts';
import { azureHost } from '../support/pull-requests/azure-host.ts';
import { startFaultedApp } from './app.ts';
import type { FaultedApp } from './app.ts';
import { playEveryFault } from './every-call.ts';
import type { Scenario } from './every-call.ts';
import { shiftClock } from './shifted-clock.ts';

const routesOf = (more: string) => `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments: { dev: { tags: { match: '^(\\d+)$', order: numeric }, application: argocd/shop-dev, ${more} } }
routes:
  api: { image: contoso.azurecr.io/api, update: [{ file: api.yaml, helm: { tag: image.tag } }], environments: [dev] }
`;
const files = { 'api.yaml': 'image: { tag: "1" }\n' };
/** Every so many calls fail. `FAULT_STEP=1` lets each fail: some minutes for each scenario. */
const usualStep = 15;
const hourMs = 60 * 60_000;
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

const startWith = (routes: string) => (): Promise<FaultedApp> => {
  clock.set('2026-11-20T10:00:00Z');
  return startFaultedApp({ clock, routes, files });
};

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
      return [];
    },
  },
  'a window is closed, then opens': {
    start: startWith(
      routesOf("delivery: commit, windows: [{ kind: allow, schedule: '0 12 * * *', duration: 2h, timeZone: UTC }]"),
    ),
    async play(app) {
      await app.push('api', '2');
      await app.rest(3);
      return [];
    },
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
        const answer = await app.replay({ all: true, ...(next && { from: next }) });
        next = 'jsonBody' in answer ? (answer.jsonBody as { readonly next?: string }).next : undefined;
      }
      await app.rest(1);
      return [];
    },
  },
};

test.each(Object.entries(sweeps))(
  '%s: every call to storage fails once, and the end is the same',
  async (_name, scenario) => {
    const problems = await playEveryFault(scenario, Number(process.env['FAULT_STEP'] ?? usualStep));
    expect(problems.join('\n')).toBe('');
  },
  600_000,
);
