import { expect, test } from 'vitest';
import type { DeploymentState } from '../../../src/lib/model/deployment.ts';
import { Failure } from '../../../src/lib/model/failure.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { makeGateEffect } from '../../../src/lib/gates/gate-effect.ts';
import { makeGateStore } from '../../../src/lib/gates/gate-store.ts';
import { evaluateGates } from '../../../src/lib/gates/evaluate-gates.ts';
import { cipher, deploymentOf, endsAt, newGate, nothingSeen, openedAt } from '../../support/gate.ts';
import { sharedTable } from '../../support/shared-storage.ts';

const newRows = sharedTable();

const noLog = (): void => {};

class Killed extends Error {}

/** Numbers in [0, 1), the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The states of one deployment in their order; each can be read late. */
const lives: readonly (readonly DeploymentState[])[] = [
  ['queued', 'committed', 'syncing', 'healthy'],
  ['queued', 'syncing', 'degraded', 'healthy'],
  ['syncing', 'failed', 'healthy'],
  ['queued'],
];

/** Another worker repeats the work of a killed one. */
async function untilDone(run: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await run();
      return;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

async function live(
  seed: number,
): Promise<{ readonly completed: readonly boolean[]; readonly gate: Gate | undefined }> {
  const random = randomOf(seed);
  const completed: boolean[] = [];
  const gate = newGate({ routes: ['web'], selector: { kind: 'tag', tag: '7' } });
  const { id } = gate;
  let now = Date.parse(openedAt);
  let shown = deploymentOf('web', 'queued');
  /** The queue: a message is gone when it was worked on without a failure. */
  const messages = [id];
  let kills = 6;

  /** A worker dies before or after any of its steps, and every call takes its time. */
  async function step<T>(work: () => Promise<T>): Promise<T> {
    const fate = random();
    if (kills > 0 && fate < 0.08) {
      kills -= 1;
      throw new Killed();
    }
    await new Promise((resolve) => setTimeout(resolve, random() * 3));
    const done = await work();
    if (kills > 0 && fate > 0.92) {
      kills -= 1;
      throw new Killed();
    }
    return done;
  }

  function makeWorker() {
    const rows = newRows();
    const store = makeGateStore({
      ...rows,
      list: (...args) => step(() => rows.list(...args)),
      remove: (...args) => step(() => rows.remove(...args)),
      change: (...args) => step(() => rows.change(...args)),
    });
    return {
      store,
      follow: makeGateEffect({
        gates: store,
        evaluate: () =>
          step(async () => {
            messages.push(id);
          }),
      }),
      evaluate: () =>
        evaluateGates([id], noLog, {
          ...nothingSeen,
          gates: store,
          cipher,
          index: { list: () => step(() => Promise.resolve({ deployments: [shown] })) },
          store: { findMark: () => Promise.resolve(undefined), allIntents: () => Promise.resolve([]) },
          findEnvironment: () => Promise.resolve(undefined),
          callback: {
            appendLines: () => Promise.resolve(),
            uploadLog: () => Promise.resolve(),
            complete: (_task, _token, succeeded) =>
              step(() => {
                completed.push(succeeded);
                if (random() < 0.2) return Promise.reject(new Failure('answer-lost', 'no answer'));
                return Promise.resolve();
              }),
          },
          now: () => new Date(now),
          evaluateSoon: () => Promise.resolve(void messages.push(id)),
          evaluateLater: () => {
            messages.push(id);
            return Promise.resolve();
          },
        }),
    };
  }

  /** A message is delivered again until its work succeeds. */
  async function work(most = Infinity): Promise<void> {
    for (let count = 0; count < most && messages.pop() !== undefined; count += 1) {
      try {
        await makeWorker().evaluate();
      } catch (error) {
        if (!(error instanceof Killed || error instanceof Failure)) throw error;
        messages.push(id);
      }
    }
  }

  const { store } = makeWorker();
  await untilDone(() => store.update(id, (current) => (current ? undefined : gate)));
  const states = lives[seed % lives.length] ?? [];
  await Promise.all([
    work(1),
    work(1),
    (async () => {
      for (const state of states) {
        shown = deploymentOf('web', state);
        await untilDone(() => makeWorker().follow(shown, noLog));
        await Promise.all([work(1), work(1)]);
      }
    })(),
  ]);
  // The message for the end, queued when the gate was opened.
  now = Date.parse(endsAt);
  messages.push(id);
  await work();
  return { completed, gate: await makeGateStore(newRows()).find(id) };
}

test('whenever workers die, a gate is completed with the one stored result, and is open no longer', async () => {
  const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
  for (const seed of seeds) {
    const { completed, gate } = await live(seed);
    const result = gate?.result?.succeeded;
    expect([seed, new Set(completed).size, completed[0] === result, gate?.ended]).toEqual([seed, 1, true, 'completed']);
    expect(gate).not.toHaveProperty('token');
  }
  const open = await makeGateStore(newRows()).open();
  expect(open).toEqual([]);
});
