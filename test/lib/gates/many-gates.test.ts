import pLimit from 'p-limit';
import { expect, onTestFinished, test } from 'vitest';
import { evaluateGates } from '../../../src/lib/gates/evaluate-gates.ts';
import type { EvaluateGatesDeps } from '../../../src/lib/gates/evaluate-gates.ts';
import type { Gate, OpenGate } from '../../../src/lib/gates/gate.ts';
import { makeGateEffect } from '../../../src/lib/gates/gate-effect.ts';
import type { GateStore } from '../../../src/lib/gates/gate-store.ts';
import { makePipelineCallback } from '../../../src/lib/gates/pipeline-callback.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { cipher, deploymentOf, newGate, nothingSeen } from '../../support/gate.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';

const noLog = (): void => {};

/** How many calls are in progress at most. */
function gauge() {
  let current = 0;
  const seen = { calls: 0, most: 0 };
  return {
    seen,
    count: async <T>(work: () => Promise<T>): Promise<T> => {
      current += 1;
      seen.calls += 1;
      seen.most = Math.max(seen.most, current);
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return await work();
      } finally {
        current -= 1;
      }
    },
  };
}

/** A store in memory; each call is counted. */
function makeStore(gates: readonly Gate[]) {
  const rows = new Map(gates.map((gate) => [gate.id, gate]));
  const { seen, count } = gauge();
  const store: GateStore = {
    find: (id) => count(() => Promise.resolve(rows.get(id))),
    update: (id, change) =>
      count(() => {
        const next = change(rows.get(id)) ?? rows.get(id);
        if (next) rows.set(id, next);
        return Promise.resolve(next);
      }),
    open: () => {
      const open = [...rows.values()].filter(({ ended }) => ended === undefined);
      return Promise.resolve(
        open.map(({ id, task, question, found }): OpenGate => ({
          id,
          found,
          collection: task.collection,
          environment: question.environment,
          selector: question.selector,
        })),
      );
    },
  };
  return { store, rows, seen };
}

function makeDeps(store: GateStore, deployments: readonly Deployment[], more: Partial<EvaluateGatesDeps> = {}) {
  const searches = gauge();
  const later: (readonly string[])[] = [];
  const deps: EvaluateGatesDeps = {
    ...nothingSeen,
    gates: store,
    cipher,
    index: { list: () => searches.count(() => Promise.resolve({ deployments })) },
    store: { findMark: () => Promise.resolve(undefined), allIntents: () => Promise.resolve([]) },
    findEnvironment: () => Promise.resolve(undefined),
    callback: {
      appendLines: () => Promise.resolve(),
      uploadLog: () => Promise.resolve(),
      complete: () => Promise.resolve(),
    },
    now: () => new Date('2026-11-20T10:30:00Z'),
    evaluateSoon: (ids) => Promise.resolve(void later.push(ids)),
    evaluateLater: (ids) => {
      later.push(ids);
      return Promise.resolve();
    },
    ...more,
  };
  return { deps, later, searches: searches.seen };
}

const gateIn = (collection: string): Gate => {
  const gate = newGate({ routes: ['web'] });
  return { ...gate, task: { ...gate.task, collection } };
};

test('3,000 open gates on one route cost a deployment a few messages and searches, and bounded parallel calls', async () => {
  const gates = Array.from({ length: 3_000 }, () => newGate({ routes: ['web'] }));
  const { store, rows, seen } = makeStore(gates);
  const messages: (readonly string[])[] = [];
  const deployment = {
    ...deploymentOf('web', 'healthy'),
    build: { id: 1, collection: 'https://dev.azure.com/fabrikam' },
  };
  const effect = makeGateEffect({
    gates: store,
    evaluate: (ids) => {
      messages.push(ids);
      return Promise.resolve();
    },
  });
  await effect(deployment as Deployment, noLog);
  expect(messages.flat()).toHaveLength(3_000);
  expect(messages.length).toBeLessThanOrEqual(6);
  const { deps, searches, later } = makeDeps(store, [deployment as Deployment]);
  for (const ids of messages) await evaluateGates(ids, noLog, deps);
  expect(searches.calls).toBeLessThanOrEqual(12);
  expect(seen.most).toBeLessThanOrEqual(32);
  expect([...rows.values()].filter(({ ended }) => ended === 'completed')).toHaveLength(3_000);
  expect(later).toEqual([]);
});

test('gates that wait for the same time share a message', async () => {
  const gates = Array.from({ length: 100 }, () => newGate({}));
  const { store } = makeStore(gates);
  const { deps, later } = makeDeps(store, [deploymentOf('web', 'healthy')]);
  await evaluateGates(
    gates.map(({ id }) => id),
    noLog,
    deps,
  );
  expect(later.map((ids) => ids.length)).toEqual([100]);
});

test('250 gates of a collection that does not answer delay a gate of another collection by less than 5 s', async () => {
  const dead = await serveOnLoopback(() => new Promise(() => {}));
  const fine = await serveOnLoopback((request, response) => {
    request.resume();
    response.writeHead(204).end();
    return Promise.resolve();
  });
  onTestFinished(async () => {
    await Promise.all([dead.close(), fine.close()]);
  });
  const collections = [`${dead.url}/tfs/dead`, `${fine.url}/tfs/fine`];
  const blocked = Array.from({ length: 250 }, () => gateIn(collections[0] ?? ''));
  const other = gateIn(collections[1] ?? '');
  const { store, rows } = makeStore([...blocked, other]);
  const callback = makePipelineCallback({
    hosts: { azureDevOpsCollections: collections },
    userAgent: 'test',
    now: () => new Date(),
  });
  const { deps } = makeDeps(store, [deploymentOf('web', 'healthy')], { callback });
  const limit = pLimit(128);
  const began = performance.now();
  const took: number[] = [];
  const work = (gate: Gate) =>
    limit(async () => {
      const start = performance.now();
      const failure: unknown = await evaluateGates([gate.id], noLog, deps).catch((error: unknown) => error);
      took.push(performance.now() - start);
      return failure;
    });
  const failures = blocked.map(work);
  await work(other);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(rows.get(other.id)?.ended).toBe('completed');
  for (const failure of await Promise.all(failures)) {
    expect(failure instanceof Failure && failure.kind).toBe('retryable');
  }
  expect(Math.max(...took)).toBeLessThan(30_000);
});
