import { expect, test } from 'vitest';
import { moveTo, queued } from '../../../src/lib/model/deployment.ts';
import type { Deployment, DeploymentState } from '../../../src/lib/model/deployment.ts';
import { decideGate, quietMs } from '../../../src/lib/gates/decide-gate.ts';
import type { Awaited } from '../../../src/lib/gates/decide-gate.ts';
import type { Gate } from '../../../src/lib/gates/gate.ts';

const openedAt = '2026-11-20T10:00:00.000Z';
const endsAt = '2026-11-20T10:55:00.000Z';
const opened = Date.parse(openedAt);
const later = opened + 1000 + quietMs + 1;

function deployment(route: string, state: DeploymentState, details: Partial<Deployment> = {}): Deployment {
  const image = { registry: 'fabrikam.azurecr.io', repository: route, tag: details.previous ?? 'v7' };
  const id = route.padEnd(32, '0').slice(0, 32);
  const update = { id, route, environment: 'dev', image, pushedAt: openedAt, cause: { kind: 'push' as const } };
  const record = queued(update, '', new Date(opened + 1000));
  return { ...moveTo(record, state, { commit: 'c0ffee' }, new Date(opened + 2000)), ...details };
}

function awaited(route: string, state: DeploymentState, details: Partial<Deployment> = {}): Awaited {
  return { deployment: deployment(route, state, details), hasApplication: true };
}

function decide(question: Partial<Gate['question']>, all: readonly Awaited[], now = later) {
  const whole: Gate['question'] = {
    environment: 'dev',
    selector: { kind: 'build', build: 1 },
    onSuperseded: 'follow',
    requireImage: false,
    ...question,
  };
  return decideGate({ question: whole, openedAt, endsAt }, all, now);
}

test('it waits for the first deployment to appear, and fails at its end without one', () => {
  expect(decide({}, [])).toEqual({ kind: 'waits', until: Date.parse(endsAt) });
  expect(decide({}, [], Date.parse(endsAt))).toMatchObject({ kind: 'decided', succeeded: false });
});

test('it succeeds when all are healthy, and not while one is on its way', () => {
  expect(decide({}, [awaited('a', 'healthy'), awaited('b', 'syncing')])).toMatchObject({ kind: 'waits' });
  expect(decide({}, [awaited('a', 'healthy'), awaited('b', 'healthy')])).toMatchObject({ succeeded: true });
});

test.each(['failed', 'degraded', 'rejected', 'abandoned', 'rolled-back'] as const)(
  'it fails with the first that is %s, whatever else is still on its way or missing',
  (state) => {
    const all = [awaited('a', 'syncing'), awaited('b', state, { reason: 'because' })];
    expect(decide({ routes: ['a', 'b', 'c'] }, all, opened)).toEqual({
      kind: 'decided',
      succeeded: false,
      text: `b v7 in dev is ${state}: because`,
    });
  },
);

test('a commit is the end where nothing is waited for after it', () => {
  const one = awaited('a', 'committed');
  expect(decide({ routes: ['a'] }, [one])).toMatchObject({ kind: 'waits' });
  expect(decide({ routes: ['a'] }, [{ ...one, hasApplication: false }])).toMatchObject({ succeeded: true });
});

test('named routes have to be there, and then nothing more is waited for', () => {
  expect(decide({ routes: ['a', 'b'] }, [awaited('a', 'healthy')])).toMatchObject({ kind: 'waits' });
  expect(decide({ routes: ['a', 'b'] }, [awaited('a', 'healthy'), awaited('b', 'healthy')], opened)).toMatchObject({
    succeeded: true,
  });
});

test('a count has to be there, and then nothing more is waited for', () => {
  expect(decide({ count: 2 }, [awaited('a', 'healthy')])).toMatchObject({ kind: 'waits' });
  expect(decide({ count: 2 }, [awaited('a', 'healthy'), awaited('b', 'healthy')], opened)).toMatchObject({
    succeeded: true,
  });
});

test('with neither, or with a glob, 60 s of quiet decide, from the last that appeared', () => {
  const all = [awaited('shop/a', 'healthy'), awaited('shop/b', 'healthy')];
  const quietAt = opened + 1000 + quietMs;
  for (const question of [{}, { routes: ['shop/*'] }]) {
    expect(decide(question, all, quietAt - 1)).toEqual({ kind: 'waits', until: quietAt });
    expect(decide(question, all, quietAt)).toMatchObject({ succeeded: true });
  }
});

test('superseded: the newer one decides, or the question does, or it failed where there is no newer', () => {
  const old = awaited('a', 'superseded', { reason: 'the file holds v8' });
  const newer = (state: DeploymentState): Awaited => ({
    ...old,
    newer: { deployment: deployment('a', state, { previous: 'v8' }), hasApplication: true },
  });
  expect(decide({ routes: ['a'] }, [newer('syncing')])).toMatchObject({ kind: 'waits' });
  expect(decide({ routes: ['a'] }, [newer('healthy')])).toMatchObject({ succeeded: true });
  expect(decide({ routes: ['a'] }, [newer('failed')])).toMatchObject({ succeeded: false });
  expect(decide({ routes: ['a'] }, [newer('superseded')])).toMatchObject({ succeeded: false });
  expect(decide({ routes: ['a'] }, [old])).toEqual({
    kind: 'decided',
    succeeded: false,
    text: 'a v7 in dev was superseded: the file holds v8',
  });
  expect(decide({ routes: ['a'], onSuperseded: 'succeed' }, [old])).toMatchObject({ succeeded: true });
  expect(decide({ routes: ['a'], onSuperseded: 'fail' }, [newer('healthy')])).toMatchObject({ succeeded: false });
});

test('healthy without the image is a warning, and fails a gate that requires the image', () => {
  const all = [awaited('a', 'healthy', { warning: 'committed, but argocd/a does not run this image' })];
  expect(decide({ routes: ['a'] }, all)).toMatchObject({
    succeeded: true,
    text: expect.stringContaining('does not run'),
  });
  expect(decide({ routes: ['a'], requireImage: true }, all)).toMatchObject({ succeeded: false });
});

test('at its end it says what has not ended, and what has not appeared', () => {
  const end = Date.parse(endsAt);
  expect(decide({ routes: ['a'] }, [awaited('a', 'syncing')], end)).toMatchObject({
    succeeded: false,
    text: 'no result in time: unfinished: a v7 in dev is syncing',
  });
  const reason = 'argocd/shop: failed to generate manifest';
  expect(decide({ routes: ['a'] }, [awaited('a', 'syncing', { reason })], end)).toMatchObject({
    text: `no result in time: unfinished: a v7 in dev is syncing: ${reason}`,
  });
  expect(decide({ routes: ['a', 'b'] }, [awaited('a', 'healthy')], end)).toMatchObject({
    text: 'no result in time: no deployment of b has appeared',
  });
});

test('a result from before the gate counts only if no newer deployment appears within 60 s', () => {
  const states = [{ state: 'queued' as const, at: '2026-06-01T10:00:00.000Z' }];
  for (const state of ['failed', 'healthy'] as const) {
    const earlier = awaited('a', state, { states });
    expect(decide({ routes: ['a'] }, [earlier], opened)).toEqual({ kind: 'waits', until: opened + quietMs });
    expect(decide({ routes: ['a'] }, [earlier], opened + quietMs)).toMatchObject({ succeeded: state === 'healthy' });
  }
});
