import { expect, test } from 'vitest';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { makeGateStore } from '../../../src/lib/gates/gate-store.ts';
import { abandonGate, lookAtGate } from '../../../src/lib/gates/evaluate-gate.ts';
import type { LookAtGateDeps } from '../../../src/lib/gates/evaluate-gate.ts';
import { box, deploymentOf, endsAt, newGate, openedAt } from '../../support/gate.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const newRows = sharedTable();

const noLog = (): void => {};
const none = () => Promise.resolve([]);

/** What another process has of the store. */
function newStore() {
  return makeGateStore(newRows());
}

async function open(question: Partial<Gate['question']>): Promise<Gate> {
  const gate = newGate(question);
  await newStore().update(gate.id, () => gate);
  return gate;
}

/** A worker that finds these deployments. */
function worker(find: () => Promise<readonly Deployment[]>, more: Partial<LookAtGateDeps> = {}) {
  const told: boolean[] = [];
  const later: number[] = [];
  const gates = newStore();
  const deps: LookAtGateDeps = {
    gates,
    box,
    index: { list: async () => ({ deployments: await find() }) },
    store: { findMark: () => Promise.resolve(undefined), allAnnouncements: () => Promise.resolve([]) },
    findEnvironment: () => Promise.resolve(undefined),
    callback: {
      show: () => Promise.resolve(),
      keepLog: () => Promise.resolve(),
      complete: (_task, _token, succeeded) => {
        told.push(succeeded);
        return Promise.resolve();
      },
    },
    now: () => new Date('2026-11-20T10:30:00Z'),
    lookLater: (_id, seconds) => {
      later.push(seconds);
      return Promise.resolve();
    },
    ...more,
  };
  return { gates, told, later, look: (gate: Gate) => lookAtGate(gate.id, noLog, deps) };
}

const openRowOf = async ({ id }: Gate) => (await newStore().open()).find((row) => row.id === id);

test('of two that look in the same moment, neither forgets what the other has found', async () => {
  const gate = await open({ routes: ['a', 'b'] });
  const fast = worker(() => Promise.resolve([deploymentOf('a', 'syncing'), deploymentOf('b', 'syncing')]));
  const slow = worker(async () => {
    // While it reads, the other looks.
    await fast.look(gate);
    return [deploymentOf('a', 'healthy')];
  });
  await slow.look(gate);
  expect((await slow.gates.find(gate.id))?.found.toSorted()).toEqual(['a', 'b']);
  expect((await openRowOf(gate))?.found.toSorted()).toEqual(['a', 'b']);
});

test('what changes while a gate first finds it is looked at again', async () => {
  const gate = await open({ routes: ['a'] });
  let state: DeploymentState = 'syncing';
  const { look, told } = worker(() => {
    const seen = deploymentOf('a', state);
    // From here on its follow-up finds no gate that has found it.
    state = 'healthy';
    return Promise.resolve([seen]);
  });
  await look(gate);
  expect(told).toEqual([true]);
});

test('what two workers tell is the result that was written first', async () => {
  const gate = await open({ routes: ['a'] });
  const first = worker(() => Promise.resolve([deploymentOf('a', 'degraded')]));
  const second = worker(async () => {
    await first.look(gate);
    return [deploymentOf('a', 'healthy')];
  });
  await second.look(gate);
  expect([...first.told, ...second.told]).toEqual([false]);
});

test('a gate that has ended is listed no longer, though its worker died before that', async () => {
  const gate = await open({ routes: ['a'] });
  const { look, gates } = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]));
  const killed = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
    gates: { ...gates, update: (id, change) => makeGateStore(withoutRemoval()).update(id, change) },
  });
  await expect(killed.look(gate)).rejects.toThrow('killed');
  expect(await openRowOf(gate)).toBeDefined();
  await look(gate);
  expect(await openRowOf(gate)).toBeUndefined();
  expect(killed.told).toEqual([true]);
});

function withoutRemoval() {
  const rows = newRows();
  return { ...rows, remove: () => Promise.reject(new Error('killed')) };
}

test('the message of its end may come a little early by the clock of who works on it', async () => {
  const gate = await open({ routes: ['a'] });
  const early = worker(none, { now: () => new Date(Date.parse(endsAt) - 500) });
  await early.look(gate);
  expect([early.told, early.later]).toEqual([[], [1]]);
  const onTime = worker(none, { now: () => new Date(endsAt) });
  await onTime.look(gate);
  expect(onTime.told).toEqual([false]);
});

test('a gate of many deployments that say much is told all the same', async () => {
  const gate = await open({ count: 200 });
  const failures = Array.from({ length: 5 }, (_, index) => ({ resource: `r${index}`, message: 'ü'.repeat(990) }));
  const progress = { 'argocd/x': { state: 'degraded' as const, at: openedAt, failures } };
  const all = Array.from({ length: 200 }, (_, index) => deploymentOf(`r${index}`, 'syncing', { progress }));
  const waiting = worker(() => Promise.resolve(all));
  await waiting.look(gate);
  const { look, told, gates } = worker(() =>
    Promise.resolve([...all, deploymentOf('bad', 'rejected', { reason: 'because' })]),
  );
  await look(gate);
  expect(told).toEqual([false]);
  const { lines = [] } = (await gates.find(gate.id)) ?? {};
  expect(lines.at(-1)).toContain('because');
});

test('a look that could not be taken for a day gives up no gate that has not ended', async () => {
  const gate = await open({ routes: ['a'] });
  const failing = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
    callback: {
      show: () => Promise.resolve(),
      keepLog: () => Promise.resolve(),
      complete: () => Promise.reject(new Failure('service-unavailable', 'no')),
    },
  });
  const { gates } = failing;
  await abandonGate(gate.id, { gates, now: () => new Date('2026-11-20T10:30:00Z') });
  expect(await openRowOf(gate)).toBeDefined();
  await expect(failing.look(gate)).rejects.toMatchObject({ code: 'service-unavailable' });
  await abandonGate(gate.id, { gates, now: () => new Date('2026-11-20T10:30:00Z') });
  expect(await gates.find(gate.id)).toMatchObject({ ended: 'lost' });
  const silent = await open({ routes: ['a'] });
  await abandonGate(silent.id, { gates, now: () => new Date(endsAt) });
  expect(await openRowOf(silent)).toBeUndefined();
});

test('quiet is counted from when a deployment was found, not from when it began: its build may be learned late', async () => {
  const gate = await open({});
  let now = Date.parse('2026-11-20T10:30:00Z');
  const found = [deploymentOf('a', 'healthy')];
  const { look, told, later } = worker(() => Promise.resolve(found), { now: () => new Date(now) });
  await look(gate);
  expect([told, later]).toEqual([[], [60]]);
  now += 30_000;
  found.push(deploymentOf('b', 'failed'));
  await look(gate);
  expect(told).toEqual([false]);
});

test('60 s after the last was found a gate without names is told', async () => {
  const gate = await open({});
  let now = Date.parse('2026-11-20T10:30:00Z');
  const { look, told } = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), { now: () => new Date(now) });
  for (const passed of [0, 59_999, 1]) {
    now += passed;
    expect(told).toEqual([]);
    await look(gate);
  }
  expect(told).toEqual([true]);
});
