import { expect, it } from 'vitest';
import { formatHostEvent, type HostEvent } from '../../../local/host/host.ts';

const at = new Date('2026-11-21T03:00:00.123Z');
const stack = (message: string): Error =>
  Object.assign(new Error(message), { stack: `Error: ${message}\n    at somewhere` });
const http = { name: 'acr', trigger: 'http', route: 'api/acr', methods: ['POST'], authLevel: 'function' } as const;

it.each<[HostEvent, string]>([
  [
    { at, type: 'function-found', url: 'http://127.0.0.1:7071/api/acr', function: http },
    '\tacr: [POST] http://127.0.0.1:7071/api/acr',
  ],
  [
    { at, type: 'function-found', url: '', function: { name: 'work', trigger: 'queue', queueName: 'jobs' } },
    '\twork: queueTrigger jobs',
  ],
  [
    {
      at,
      type: 'invocation-started',
      name: 'work',
      id: '1',
      reason: 'why',
      details: { MessageId: 'm', DequeueCount: '2' },
    },
    "[2026-11-21T03:00:00.123Z] Executing 'Functions.work' (Reason='why', Id=1)\nTrigger Details: MessageId: m, DequeueCount: 2",
  ],
  [
    { at, type: 'invocation-finished', name: 'acr', id: '1', outcome: 'succeeded', durationMs: 12.4, status: 202 },
    "[2026-11-21T03:00:00.123Z] Executed 'Functions.acr' (Succeeded, Id=1, Duration=12ms, Status=202)",
  ],
  [
    { at, type: 'invocation-finished', name: 'work', id: '1', outcome: 'failed', durationMs: 3, error: stack('no') },
    "[2026-11-21T03:00:00.123Z] Executed 'Functions.work' (Failed, Id=1, Duration=3ms)\nError: no\n    at somewhere",
  ],
  [{ at, type: 'log', level: 'information', category: 'user', text: 'hello' }, '[2026-11-21T03:00:00.123Z] hello'],
  [
    { at, type: 'log', level: 'warning', category: 'user', text: 'careful' },
    '[2026-11-21T03:00:00.123Z] [warning] careful',
  ],
  [
    {
      at,
      type: 'message-poisoned',
      name: 'work',
      messageId: 'm',
      dequeueCount: 5,
      queueName: 'jobs',
      poisonQueueName: 'jobs-poison',
    },
    "[2026-11-21T03:00:00.123Z] Message m of queue 'jobs' was tried 5 times. Moved to queue 'jobs-poison'.",
  ],
])('%o reads as func start has it', (event, text) => {
  expect(formatHostEvent(event)).toBe(text);
});
