import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostEvent } from '../../../local/host/host.ts';
import { never, TimerStatusFiles } from '../../../local/host/timer-status.ts';
import { masterKey, startFixture, until, type Fixture } from '../support/fixture.ts';

const everySecond = '* * * * * *';
const yearly = '0 0 0 1 1 *';

let stateDirectory: string;
const running: Fixture[] = [];

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'tagrelay-timers-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.close()));
  await rm(stateDirectory, { recursive: true });
});

async function start(schedules: Readonly<Record<string, string>> = {}): Promise<Fixture> {
  const settings = { EVERY_SECOND: yearly, SLOW: yearly, ...schedules };
  const app = await startFixture('timer', { settings, stateDirectory });
  running.push(app);
  return app;
}

interface TimerInput {
  readonly isPastDue: boolean;
  readonly schedule: object;
  readonly scheduleStatus: { readonly last: string; readonly next: string; readonly lastUpdated: string } | null;
}

const inputs = (app: Fixture, name: string): readonly TimerInput[] =>
  app.logged(name).map((text) => JSON.parse(text) as TimerInput);

const isOf = (type: HostEvent['type'], name: string) => (event: HostEvent) =>
  event.type === type && 'name' in event && event.name === name;

describe('a timer', () => {
  it('runs when its schedule, which may be a setting, says so', async () => {
    const app = await start({ EVERY_SECOND: everySecond });
    await until(() => inputs(app, 'everySecond').length >= 3);
    const times = app.events.filter(isOf('invocation-started', 'everySecond')).map(({ at }) => at.getTime());
    const seconds = times.map((time) => Math.floor(time / 1000));
    // One run a second, and not before its second has begun: an early run is at the end of a second, and a late one may be.
    expect(seconds).toEqual([...new Set(seconds)]);
    expect(Math.min(...times.map((time) => time % 1000))).toBeLessThan(900);
    // What runs more often than once a minute has no status.
    expect(inputs(app, 'everySecond')[0]).toEqual({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: null,
    });
  });

  it.each(['AzureWebJobs.everySecond.Disabled', 'AzureWebJobs_everySecond_Disabled'])(
    'does not run when %s disables its function, but by hand',
    async (setting) => {
      const app = await start({ EVERY_SECOND: everySecond, SLOW: everySecond, [setting]: 'true' });
      await until(() => app.logged('slow').length >= 3);
      expect(inputs(app, 'everySecond')).toEqual([]);
      const body = JSON.stringify({ input: '' });
      const headers = { 'x-functions-key': masterKey, 'content-type': 'application/json' };
      await fetch(`${app.url}/admin/functions/everySecond`, { method: 'POST', headers, body });
      await until(() => inputs(app, 'everySecond').length === 1);
    },
  );

  it('never runs twice at once; an occurrence that went by during a run follows at once', async () => {
    const app = await start({ SLOW: everySecond });
    const texts = await until(() => app.logged('slow').length >= 5 && app.logged('slow').slice(0, 5));
    expect(texts).toEqual(['begins', 'ends', 'begins', 'ends', 'begins']);
    const ended = app.events.filter(isOf('invocation-finished', 'slow'));
    const [, ...next] = app.events.filter(isOf('invocation-started', 'slow'));
    // A busy machine may delay one of them.
    const gaps = [0, 1].map((index) => (next[index]?.at.getTime() ?? 0) - (ended[index]?.at.getTime() ?? 0));
    expect(Math.min(...gaps)).toBeLessThan(500);
  });

  it('runs at the start where it says so, and is told its status', async () => {
    const app = await start();
    const [input] = await until(() => inputs(app, 'atStart').length > 0 && inputs(app, 'atStart'));
    expect(input?.isPastDue).toBe(false);
    expect(input?.scheduleStatus).toMatchObject({
      last: '0001-01-01T00:00:00+00:00',
      next: `${new Date().getUTCFullYear() + 1}-01-01T00:00:00+00:00`,
    });
    expect(inputs(app, 'yearly')).toEqual([]);
  });

  it('makes up once for what it missed while no host ran', async () => {
    const missed = new Date(Date.UTC(new Date().getUTCFullYear(), 0, 1));
    const before = new Date(missed.getTime() - 1000);
    await new TimerStatusFiles(stateDirectory).save('yearly', { last: before, next: missed, lastUpdated: before });
    const first = await start();
    const [input] = await until(() => inputs(first, 'yearly').length > 0 && inputs(first, 'yearly'));
    expect(input).toMatchObject({
      isPastDue: true,
      scheduleStatus: { next: missed.toISOString().replace('.000Z', '+00:00') },
    });
    await first.close();
    const second = await start();
    await until(() => inputs(second, 'atStart').length > 0);
    expect(inputs(second, 'yearly')).toEqual([]);
  });

  it('whose schedule has changed has missed nothing', async () => {
    const then = new Date('2020-05-05T05:00:00Z');
    await new TimerStatusFiles(stateDirectory).save('yearly', { last: never, next: then, lastUpdated: then });
    const app = await start();
    await until(() => inputs(app, 'atStart').length > 0);
    expect(inputs(app, 'yearly')).toEqual([]);
    const status = await new TimerStatusFiles(stateDirectory).load('yearly');
    expect(status?.next.getTime()).toBeGreaterThan(Date.now());
  });

  it('can be run by hand with the master key', async () => {
    const app = await start();
    const run = (path: string, key = masterKey, body = '{"input":""}'): Promise<Response> =>
      fetch(`${app.url}/admin/${path}`, { method: 'POST', body, headers: { 'x-functions-key': key } });
    expect((await run('functions/yearly', 'wrong')).status).toBe(401);
    expect((await run('functions/unknown')).status).toBe(404);
    expect((await run('functions/yearly', masterKey, '{')).status).toBe(400);
    expect(inputs(app, 'yearly')).toEqual([]);
    expect((await run('functions/Yearly')).status).toBe(202);
    await until(() => inputs(app, 'yearly').length === 1);
    const status = await fetch(`${app.url}/admin/host/status?code=${masterKey}`);
    expect([status.status, await status.json()]).toMatchObject([200, { state: 'Running' }]);
  });
});
