import { expect, onTestFinished, test, vi } from 'vitest';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { FailureCode } from '../../../src/lib/model/failure.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { makeGateStore } from '../../../src/lib/gates/gate-store.ts';
import { abandonGate } from '../../../src/lib/gates/end-gate.ts';
import { evaluateGates } from '../../../src/lib/gates/evaluate-gates.ts';
import type { EvaluateGatesDeps } from '../../../src/lib/gates/evaluate-gates.ts';
import { cipher, deploymentOf, endsAt, newGate, nothingSeen, openedAt } from '../../support/gate.ts';
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
function worker(find: () => Promise<readonly Deployment[]>, more: Partial<EvaluateGatesDeps> = {}) {
  const completed: boolean[] = [];
  const later: number[] = [];
  const soon: string[] = [];
  const gates = newStore();
  const deps: EvaluateGatesDeps = {
    ...nothingSeen,
    gates,
    cipher,
    index: { list: async () => ({ deployments: await find() }) },
    store: { findMark: () => Promise.resolve(undefined), allIntents: () => Promise.resolve([]) },
    findEnvironment: () => Promise.resolve(undefined),
    callback: {
      appendLines: () => Promise.resolve(),
      uploadLog: () => Promise.resolve(),
      complete: (_task, _token, succeeded) => {
        completed.push(succeeded);
        return Promise.resolve();
      },
    },
    now: () => new Date('2026-11-20T10:30:00Z'),
    evaluateSoon: (ids) => Promise.resolve(void soon.push(...ids)),
    evaluateLater: (_ids, seconds) => {
      later.push(seconds);
      return Promise.resolve();
    },
    ...more,
  };
  return { gates, deps, completed, later, soon, evaluate: (gate: Gate) => evaluateGates([gate.id], noLog, deps) };
}

const failingWith = (code: FailureCode): EvaluateGatesDeps['callback'] => ({
  appendLines: () => Promise.resolve(),
  uploadLog: () => Promise.resolve(),
  complete: () => Promise.reject(new Failure(code, 'no')),
});

const findHealthy = () => Promise.resolve([deploymentOf('a', 'healthy')]);

const openRowOf = async ({ id }: Gate) => (await newStore().open()).find((row) => row.id === id);

test('two concurrent evaluations keep the routes that either has found', async () => {
  const gate = await open({ routes: ['a', 'b'] });
  const fast = worker(() => Promise.resolve([deploymentOf('a', 'syncing'), deploymentOf('b', 'syncing')]));
  const slow = worker(async () => {
    // The other evaluates during this read.
    await fast.evaluate(gate);
    return [deploymentOf('a', 'healthy')];
  });
  await slow.evaluate(gate);
  expect((await slow.gates.find(gate.id))?.found.toSorted()).toEqual(['a', 'b']);
  expect((await openRowOf(gate))?.found.toSorted()).toEqual(['a', 'b']);
});

test('a deployment that changes while it is first found is evaluated again', async () => {
  const gate = await open({ routes: ['a'] });
  let state: DeploymentState = 'syncing';
  const { evaluate, completed } = worker(() => {
    const seen = deploymentOf('a', state);
    // From here on its effects find no gate that has found it.
    state = 'healthy';
    return Promise.resolve([seen]);
  });
  await evaluate(gate);
  expect(completed).toEqual([true]);
});

test('two workers send the result that was stored first', async () => {
  const gate = await open({ routes: ['a'] });
  const first = worker(() => Promise.resolve([deploymentOf('a', 'degraded')]));
  const second = worker(async () => {
    await first.evaluate(gate);
    return [deploymentOf('a', 'healthy')];
  });
  await second.evaluate(gate);
  expect([...first.completed, ...second.completed]).toEqual([false]);
});

test('a gate that has ended is removed from the open gates after its worker died in between', async () => {
  const gate = await open({ routes: ['a'] });
  const { evaluate, gates } = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]));
  const killed = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
    gates: { ...gates, update: (id, change) => makeGateStore(withoutRemoval()).update(id, change) },
  });
  await expect(killed.evaluate(gate)).rejects.toThrow('killed');
  expect(await openRowOf(gate)).toBeDefined();
  await evaluate(gate);
  expect(await openRowOf(gate)).toBeUndefined();
  expect(killed.completed).toEqual([true]);
});

function withoutRemoval() {
  const rows = newRows();
  return { ...rows, remove: () => Promise.reject(new Error('killed')) };
}

test('the message for the end can arrive early by the clock of the worker', async () => {
  const gate = await open({ routes: ['a'] });
  const early = worker(none, { now: () => new Date(Date.parse(endsAt) - 500) });
  await early.evaluate(gate);
  expect([early.completed, early.later]).toEqual([[], [1]]);
  const onTime = worker(none, { now: () => new Date(endsAt) });
  await onTime.evaluate(gate);
  expect(onTime.completed).toEqual([false]);
});

test('a gate of many deployments that say much is completed all the same', async () => {
  const gate = await open({ count: 200 });
  const failures = Array.from({ length: 5 }, (_, index) => ({ resource: `r${index}`, message: 'ü'.repeat(990) }));
  const progress = { 'argocd/x': { state: 'degraded' as const, at: openedAt, failures } };
  const all = Array.from({ length: 200 }, (_, index) => deploymentOf(`r${index}`, 'syncing', { progress }));
  const waiting = worker(() => Promise.resolve(all));
  await waiting.evaluate(gate);
  const { evaluate, completed, gates } = worker(() =>
    Promise.resolve([...all, deploymentOf('bad', 'rejected', { reason: 'because' })]),
  );
  await evaluate(gate);
  expect(completed).toEqual([false]);
  const { lines = [] } = (await gates.find(gate.id)) ?? {};
  expect(lines.at(-1)).toContain('because');
});

test('a callback that cannot begin in time is made by an evaluation of its own, not behind the queue', async () => {
  let elapsed = 0;
  const time = vi.spyOn(performance, 'now').mockImplementation(() => elapsed);
  onTestFinished(() => time.mockRestore());
  const { completed, later, soon, evaluate } = worker(() => {
    elapsed += 5_000;
    return findHealthy();
  });
  const gate = await open({ routes: ['a'] });
  await evaluate(gate);
  expect([completed, later, soon]).toEqual([[], [], [gate.id]]);
  await evaluate(gate);
  expect([completed, soon]).toEqual([[true], [gate.id]]);
});

test('an abandoned evaluation ends no undecided gate', async () => {
  const gate = await open({ routes: ['a'] });
  const failing = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
    callback: {
      appendLines: () => Promise.resolve(),
      uploadLog: () => Promise.resolve(),
      complete: () => Promise.reject(new Failure('service-unavailable', 'no')),
    },
  });
  const { gates } = failing;
  await abandonGate(gate.id, { gates, now: () => new Date('2026-11-20T10:30:00Z') });
  expect(await openRowOf(gate)).toBeDefined();
  await expect(failing.evaluate(gate)).rejects.toMatchObject({ code: 'service-unavailable' });
  await abandonGate(gate.id, { gates, now: () => new Date('2026-11-20T10:30:00Z') });
  expect(await gates.find(gate.id)).toMatchObject({ ended: 'lost' });
  const silent = await open({ routes: ['a'] });
  await abandonGate(silent.id, { gates, now: () => new Date(endsAt) });
  expect(await openRowOf(silent)).toBeUndefined();
});

test('the quiet time starts when a deployment is found, not when it began: its build can become known late', async () => {
  const gate = await open({});
  let now = Date.parse('2026-11-20T10:30:00Z');
  const found = [deploymentOf('a', 'healthy')];
  const { evaluate, completed, later } = worker(() => Promise.resolve(found), { now: () => new Date(now) });
  await evaluate(gate);
  expect([completed, later]).toEqual([[], [60]]);
  now += 30_000;
  found.push(deploymentOf('b', 'failed'));
  await evaluate(gate);
  expect(completed).toEqual([false]);
});

test('a gate without names is completed 60 s after the last deployment was found', async () => {
  const gate = await open({});
  let now = Date.parse('2026-11-20T10:30:00Z');
  const { evaluate, completed } = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
    now: () => new Date(now),
  });
  for (const passed of [0, 59_999, 1]) {
    now += passed;
    expect(completed).toEqual([]);
    await evaluate(gate);
  }
  expect(completed).toEqual([true]);
});

test('no answer to lines or log prevents the completion of the task', async () => {
  for (const error of [
    new Failure('answer-not-understood', 'no'),
    new Failure('plan-ended', 'no'),
    new SyntaxError('no'),
  ]) {
    const gate = await open({ routes: ['a'] });
    const completed: boolean[] = [];
    const { evaluate, gates } = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
      callback: {
        appendLines: () => Promise.reject(error),
        uploadLog: () => Promise.reject(error),
        complete: (_task, _token, succeeded) => {
          completed.push(succeeded);
          return Promise.resolve();
        },
      },
    });
    await evaluate(gate);
    expect(completed).toEqual([true]);
    expect(await gates.find(gate.id)).toMatchObject({ ended: 'completed' });
  }
});

test('a task that was completed ends its gate `completed`, also where the answer or the write after it was lost', async () => {
  const gate = await open({ routes: ['a'] });
  const first = worker(findHealthy, { callback: failingWith('answer-lost') });
  await expect(first.evaluate(gate)).rejects.toMatchObject({ code: 'answer-lost' });
  const repeat = worker(findHealthy, { callback: failingWith('plan-ended') });
  await repeat.evaluate(gate);
  expect(await repeat.gates.find(gate.id)).toMatchObject({ ended: 'completed', result: { succeeded: true } });
  expect(await openRowOf(gate)).toBeUndefined();
});

test('a gate whose task ended before the first callback is lost', async () => {
  const gate = await open({ routes: ['a'] });
  const { evaluate, gates } = worker(() => Promise.resolve([deploymentOf('a', 'healthy')]), {
    callback: failingWith('plan-ended'),
  });
  await evaluate(gate);
  expect(await gates.find(gate.id)).toMatchObject({ ended: 'lost' });
});

const listWithNewer: EvaluateGatesDeps['index']['list'] = ({ route }, { refusesNewer }) => {
  if (route === 'newer' && refusesNewer === true) return Promise.reject(new Failure('row-newer', 'newer'));
  return Promise.resolve({ deployments: route === 'a' ? [deploymentOf('a', 'healthy')] : [] });
};

test('a gate with deployments of a newer version goes back, the others end, and its end is decided without them', async () => {
  const selector = { kind: 'tag', tag: '7' } as const;
  const [newer, other] = [await open({ routes: ['newer'], selector }), await open({ routes: ['a'], selector })];
  let now = Date.parse('2026-11-20T10:30:00Z');
  const { gates, deps, completed } = worker(none, { index: { list: listWithNewer }, now: () => new Date(now) });
  await expect(evaluateGates([newer.id, other.id], noLog, deps)).rejects.toMatchObject({ code: 'row-newer' });
  expect(completed).toEqual([true]);
  expect((await gates.find(newer.id))?.result).toBeUndefined();
  now = Date.parse(endsAt);
  await evaluateGates([newer.id], noLog, deps);
  expect(completed).toEqual([true, false]);
});
