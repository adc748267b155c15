import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Notified } from '../../../local/argocd/notifications/notified.ts';
import { send } from '../../../local/argocd/notifications/send.ts';
import { evaluateConditions } from '../../../local/argocd/notifications/triggered.ts';
import { evaluate } from '../../../local/argocd/expression/evaluate.ts';
import { parseExpression } from '../../../local/argocd/expression/parse.ts';
import { hintConditions } from '../../../src/lib/argocd/notifications/triggers.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import type { LoopbackServer } from '../../support/loopback-server.ts';

const result = (oncePer: string, key = '[0].hash') => ({ key, isTriggered: true, oncePer });

describe('what was notified is not notified again', () => {
  test('while its condition stays true', () => {
    const notified = new Notified('tagrelay');
    expect(notified.begin(result(''))).toBe(true);
    expect(notified.begin(result(''))).toBe(false);
    notified.forget(result(''));
    expect(notified.begin(result(''))).toBe(true);
  });

  test('with oncePer ever, even where sending failed', () => {
    const notified = new Notified('tagrelay');
    expect(notified.begin(result('a'))).toBe(true);
    notified.forget(result('a'));
    expect(notified.begin(result('a'))).toBe(false);
    expect(notified.begin(result('b'))).toBe(true);
    expect(notified.begin(result('a', '[1].hash'))).toBe(true);
  });

  test('until 100 others were', () => {
    const notified = new Notified('tagrelay');
    for (let index = 0; index <= 100; index++) notified.begin(result(String(index)));
    expect(notified.begin(result('100'))).toBe(false);
    expect(notified.begin(result('0'))).toBe(true);
  });
});

describe('sending', () => {
  let receiver: LoopbackServer;
  let answers: number[];
  let received: number;
  const deps = { signal: new AbortController().signal, retryWaitMs: [1, 5] } as const;
  const sendTo = (url: string) => send({ url, method: 'POST', headers: {}, body: '{}' }, deps);

  beforeAll(async () => {
    receiver = await serveOnLoopback((request, response) => {
      received += 1;
      const status = answers.shift() ?? 202;
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { 'retry-after': '0' }).end();
    });
  });
  afterAll(() => receiver.close());
  beforeEach(() => {
    [answers, received] = [[], 0];
  });

  test.each([
    ['no answer, then one', [0, 202], 202, 2],
    ['busy, then not', [429, 503, 500, 202], 202, 4],
    ['never', [503, 503, 503, 503, 202], 503, 4],
    ['refused for good', [403, 202], 403, 1],
    ['not implemented', [501, 202], 501, 1],
  ])('%s', async (_name, given, status, requests) => {
    answers = [...given];
    expect(await sendTo(receiver.url)).toBe(status);
    expect(received).toBe(requests);
  });
});

describe('expressions', () => {
  const app = { status: { sync: { revisions: ['a', 'b'] }, health: { status: 'Healthy' } } };
  test.each([
    ["app.status.health.status == 'Healthy'", true],
    ["app.status.health.status in ['Degraded', 'Healthy']", true],
    ["app.status?.operationState?.phase in ['Running']", false],
    ['app.nothing?.operationState.phase.more', null],
    ['app.status?.sync?.revision ?? app.status?.sync?.revisions', ['a', 'b']],
    ["'sync' in app.status && !('x' in app.status)", true],
    ["app.status.health.status != 'Healthy' or not (nil == app.status.x)", false],
    ["(app.status.x ?? 'a') == 'a'", true],
  ])('%s', (text, value) => {
    expect(evaluate(parseExpression(text), { app })).toEqual(value);
  });

  test.each(['app.', "app.x == 'a", '(app', 'app app', 'app ~ 1', ''])('%j is refused', (text) => {
    expect(() => parseExpression(text)).toThrow(SyntaxError);
  });

  test('a condition that fails is false, and is said', () => {
    const text = "app.status.operationState.phase == 'Running'";
    const said: string[] = [];
    const results = evaluateConditions([{ text, when: parseExpression(text) }], app, (message) => said.push(message));
    expect(results).toMatchObject([{ isTriggered: false, oncePer: '' }]);
    expect(said).toHaveLength(1);
  });
});

const state = (finishedAt: string, phase: string, health: string, revision: string) => ({
  status: { sync: { status: 'Synced', revision }, health: { status: health }, operationState: { phase, finishedAt } },
});

describe('the hints of an annotated application', () => {
  const conditions = hintConditions.map(({ when, oncePer = '' }) => ({
    text: when,
    when: parseExpression(when),
    oncePer: parseExpression(oncePer),
  }));

  /** The number of notifications for each state, in turn. */
  function sent(...states: readonly object[]): readonly number[] {
    const notified = new Notified('tagrelay');
    return states.map((app) => {
      const results = evaluateConditions(conditions, app, (problem) => expect(problem).toBe(''));
      for (const result of results) if (!result.isTriggered) notified.forget(result);
      return results.filter((result) => result.isTriggered && notified.begin(result)).length;
    });
  }

  test('are at most two for a rollout, one that is healthy at once has one, and a commit without a change none', () => {
    expect(
      sent(
        state('10:00', 'Succeeded', 'Healthy', 'r1'),
        state('10:00', 'Running', 'Healthy', 'r2'),
        state('10:05', 'Succeeded', 'Progressing', 'r2'),
        state('10:05', 'Succeeded', 'Healthy', 'r2'),
        state('10:05', 'Succeeded', 'Healthy', 'r2'),
        state('10:05', 'Succeeded', 'Healthy', 'r3'),
        state('10:09', 'Failed', 'Healthy', 'r4'),
      ),
    ).toEqual([1, 0, 1, 1, 0, 0, 1]);
  });
});
