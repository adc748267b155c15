import { z } from 'zod';
import type { FormerQueue } from '../storage/queues.ts';
import type { Job, WorkKind } from './envelope.ts';
import { readMessage } from './message-body.ts';
import { retrySchema } from './retry.ts';

const kinds = {
  'registry-events': 'registry-event',
  'devops-events': 'devops-event',
  'tag-updates': 'tag-update',
  'sync-results': 'sync-result',
  reports: 'effects',
} as const satisfies Record<FormerQueue, WorkKind>;

const retriedSchema = z.object({ retry: retrySchema, body: z.unknown() });
const gatesSchema = z.object({ gates: z.array(z.string()).default([]) });

export function isFormerQueue(name: string): name is FormerQueue {
  return Object.hasOwn(kinds, name);
}

/** The jobs of a message in a queue of version 0.1. One with records and gates is two jobs. */
export function formerJobs(queue: FormerQueue, message: unknown): readonly Job[] {
  const content = readMessage(message);
  const retried = retriedSchema.safeParse(content);
  const body = retried.success ? retried.data.body : content;
  const more = retried.success ? { retry: retried.data.retry } : {};
  const ids = queue === 'reports' ? gatesOf(body) : [];
  const hasOther = ids.length === 0 || hasUpdates(body);
  return [
    ...(ids.length > 0 ? [{ kind: 'gates', body: { ids }, ...more } as const] : []),
    ...(hasOther ? [{ kind: kinds[queue], body, ...more }] : []),
  ];
}

function gatesOf(body: unknown): readonly string[] {
  return gatesSchema.safeParse(body).data?.gates ?? [];
}

function hasUpdates(body: unknown): boolean {
  return z.object({ updates: z.array(z.unknown()).min(1) }).safeParse(body).success;
}
