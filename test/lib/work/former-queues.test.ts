import { describe, expect, test } from 'vitest';
import { formerJobs, isFormerQueue } from '../../../src/lib/work/former-queues.ts';
import { formerQueues } from '../../../src/lib/storage/queues.ts';

const retry = { attempt: 3, since: '2026-11-20T10:00:00.000Z', code: 'throttled' };
const base64 = (message: unknown) => Buffer.from(JSON.stringify(message)).toString('base64');
const key = { id: 'a'.repeat(32), route: 'api', environment: 'dev' };

describe.each([
  ['registry-events', 'registry-event', { action: 'push' }],
  ['devops-events', 'devops-event', { kind: 'pull-request', number: 7 }],
  ['tag-updates', 'tag-update', { id: 'a' }],
  ['sync-results', 'sync-result', { application: 'argocd/shop' }],
  ['reports', 'effects', { updates: [key] }],
  ['reports', 'effects', { updates: [key], gates: [] }],
] as const)('a message of %s is a job of the kind %s', (queue, kind, body) => {
  test('as the queue holds it', () => {
    expect(formerJobs(queue, base64(body))).toEqual([{ kind, body }]);
  });

  test('as plain JSON, and as an object', () => {
    expect(formerJobs(queue, JSON.stringify(body))).toEqual([{ kind, body }]);
    expect(formerJobs(queue, body)).toEqual([{ kind, body }]);
  });

  test('with its attempts, if it was sent again', () => {
    expect(formerJobs(queue, base64({ retry, body }))).toEqual([{ kind, body, retry }]);
  });
});

test('every queue has a kind', () => {
  for (const queue of formerQueues) expect(formerJobs(queue, 'text')).toHaveLength(1);
  expect(formerQueues.filter((queue) => !isFormerQueue(queue))).toEqual([]);
  expect(['work', 'abandoned', 'toString'].filter(isFormerQueue)).toEqual([]);
});

describe('a message of reports', () => {
  const gates = ['b'.repeat(32), 'c'.repeat(32)];

  test('with gates only is one job', () => {
    expect(formerJobs('reports', base64({ gates }))).toEqual([{ kind: 'gates', body: { ids: gates } }]);
    expect(formerJobs('reports', base64({ updates: [], gates }))).toEqual([{ kind: 'gates', body: { ids: gates } }]);
  });

  test('with records and gates is two jobs, each with the attempts', () => {
    const body = { updates: [key], gates };
    expect(formerJobs('reports', base64({ retry, body }))).toEqual([
      { kind: 'gates', body: { ids: gates }, retry },
      { kind: 'effects', body, retry },
    ]);
  });

  test('that cannot be read is kept for the worker, which abandons it', () => {
    expect(formerJobs('reports', 'no JSON')).toEqual([{ kind: 'effects', body: 'no JSON' }]);
    expect(formerJobs('reports', base64({ gates: 'x' }))).toEqual([{ kind: 'effects', body: { gates: 'x' } }]);
  });
});
