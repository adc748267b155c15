import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { TimerStatusFiles } from '../../../local/host/timer-status.ts';
import { buildAppProgram } from '../../../local/scale/app-processes.ts';
import { startFlexHost } from '../../../local/scale/flex-host.ts';
import { GroupProcess } from '../../../local/scale/group-process.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/platform.ts';
import { withApp } from '../support/app.ts';

const app = { masterKey: 'key', leaseSeconds: 30, settings: {} };
const onFatal = (reason: string): void => {
  throw new Error(reason);
};

/** A process takes longer to start than the host gives it before the time of its timer. */
const slowClock = (schedule: string) => `
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
const { app } = require('@azure/functions');
app.timer('clock', { schedule: '${schedule}', handler: async (timer, context) => context.log(JSON.stringify(timer)) });
`;

test('a timer whose process starts after its time runs at once, as past due, and its status outlives the process', async () => {
  const stateDirectory = join(await temporaryFolder(), 'timers');
  const statuses = new TimerStatusFiles(stateDirectory);
  // The host is ready before that: otherwise the run of a minute later is the one that is past due.
  const at = new Date(Math.ceil((Date.now() + 12_000) / 1_000) * 1_000);
  const before = new Date(at.getTime() - 60_000);
  await statuses.save('clock', { last: before, next: at, lastUpdated: before });
  await withApp({ 'main.js': slowClock(`${at.getUTCSeconds()} * * * * *`) }, async (root) => {
    const runs: { readonly isPastDue: boolean }[] = [];
    const host = await startFlexHost({
      port: 0,
      app: { ...app, root, stateDirectory },
      idleMs: 500,
      onLine: (_group, text) => runs.push(JSON.parse(text) as { isPastDue: boolean }),
      onFatal,
    });
    try {
      await eventually(() => expect(runs).toMatchObject([{ isPastDue: true }]), { seconds: 100 });
      await eventually(async () =>
        expect((await statuses.load('clock'))?.last.getTime()).toBeGreaterThan(at.getTime()),
      );
    } finally {
      await host.close();
    }
  });
}, 120_000);

test('a process that gets work when it is about to be stopped goes on', async () => {
  const program = await buildAppProgram();
  onTestFinished(program.remove);
  const main = `require('@azure/functions').app.get('ping', { handler: async () => ({ body: 'pong' }) });`;
  await withApp({ 'main.js': main }, async (root) => {
    const events = { onLine: () => undefined, onStart: () => undefined, onFatal };
    const process = new GroupProcess(program, { ...app, root, group: 'http' }, events, 1_000);
    await process.start();
    await sleep(700);
    await process.start();
    await sleep(700);
    expect(process.isRunning).toBe(true);
    await eventually(() => expect(process.isRunning).toBe(false));
  });
}, 60_000);
