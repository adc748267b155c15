import { expect, test } from 'vitest';
import { abandonedMessage, readAbandoned } from '../../../src/lib/work/abandoned.ts';
import { messageVersion } from '../../../src/lib/work/envelope.ts';

const at = '2026-11-20T10:00:00.000Z';
const why = { code: 'worker-ended', reason: 'It died.', at };
const retry = { attempt: 50, since: '2026-11-19T09:00:00.000Z', code: 'worker-ended' };

test('a message has the version of its body, and is read as it was written', () => {
  const job = { kind: 'tag-update', body: { id: 'a' }, retry } as const;
  const message = abandonedMessage(job, { code: 'worker-ended', message: 'It died.' }, new Date(at));
  expect(message).toEqual({ v: messageVersion, kind: 'tag-update', body: { id: 'a' }, ...why, retry });
  // Its attempts begin again.
  expect(readAbandoned(message)).toEqual({ jobs: [{ kind: 'tag-update', body: { id: 'a' } }], at });
});

test('one from before messages had a version is read', () => {
  expect(readAbandoned({ kind: 'sync-result', body: 1, ...why })).toEqual({
    jobs: [{ kind: 'sync-result', body: 1 }],
    at,
  });
});

test.each([
  ['registry-events', { id: 'e' }, [{ kind: 'registry-event', body: { id: 'e' } }]],
  ['devops-events', { number: 7 }, [{ kind: 'devops-event', body: { number: 7 } }]],
  ['tag-updates', { id: 'a' }, [{ kind: 'tag-update', body: { id: 'a' } }]],
  ['sync-results', { application: 'x' }, [{ kind: 'sync-result', body: { application: 'x' } }]],
  [
    'reports',
    { updates: [{ id: 'a' }], gates: ['g'] },
    [
      { kind: 'gates', body: { ids: ['g'] } },
      { kind: 'effects', body: { updates: [{ id: 'a' }], gates: ['g'] } },
    ],
  ],
])('one of version 0.1 from the queue %s is read', (queue, body, jobs) => {
  expect(readAbandoned({ queue, body, ...why, retry })).toEqual({ jobs, at });
});

test.each([
  ['a newer version', { v: messageVersion + 1, kind: 'tag-update', body: {}, ...why }],
  ['a kind that this version does not know', { v: messageVersion, kind: 'weather', body: {}, ...why }],
  ['another queue', { queue: 'elsewhere', body: {}, ...why }],
  ['neither kind nor queue', { body: {}, ...why }],
  ['no time', { kind: 'tag-update', body: {}, code: 'x', reason: 'x' }],
  ['text', 'no JSON'],
])('a message with %s is left to those who can read it', (_name, message) => {
  expect(readAbandoned(message)).toBeUndefined();
});
