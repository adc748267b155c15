import { z } from 'zod';
import { messageVersion, readEnvelope, workKinds } from './envelope.ts';
import type { Job, NewerWork } from './envelope.ts';
import { retrySchema } from './retry.ts';
import { formerJobs, isFormerQueue } from './former-queues.ts';

const schema = z.object({
  /** The version of the message, as in the queue `work`. Older messages have none: theirs is 1. */
  v: z.int().min(1).max(messageVersion).exactOptional(),
  /** Version 0.1 stored the queue of the message instead. */
  queue: z.string().exactOptional(),
  kind: z.enum(workKinds).exactOptional(),
  body: z.unknown().optional(),
  /** Of a newer version: the whole message instead of its kind and body. */
  message: z.unknown().optional(),
  code: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
  retry: retrySchema.optional(),
});

/** A message of the queue `abandoned`. */
export interface Abandoned {
  readonly jobs: readonly Job[];
  /** When it was abandoned, ISO 8601. */
  readonly at: string;
}

/** The message of an abandoned job, with the reason. */
export function abandonedMessage(
  { kind, body, retry }: Job,
  { code, message: reason }: { readonly code: string; readonly message: string },
  at: Date,
): object {
  return { v: messageVersion, kind, body, code, reason, at: at.toISOString(), ...(retry && { retry }) };
}

/** The message of a newer version that no worker has read, with the reason. A version that knows its kind can replay it. */
export function abandonedUnread(
  { content: message }: NewerWork,
  { code, message: reason }: { readonly code: string; readonly message: string },
  at: Date,
): object {
  return { v: messageVersion, message, code, reason, at: at.toISOString() };
}

/** Reads a message of the queue `abandoned`; `undefined` if another sender or a newer version of the app wrote it. */
export function readAbandoned(message: unknown): Abandoned | undefined {
  const parsed = schema.safeParse(message);
  if (!parsed.success) return undefined;
  const { kind, queue = '', body, at } = parsed.data;
  if (kind) return { jobs: [{ kind, body }], at };
  const unread = readEnvelope(parsed.data.message);
  if (unread?.type === 'job') return { jobs: [{ kind: unread.job.kind, body: unread.job.body }], at };
  return isFormerQueue(queue) ? { jobs: formerJobs(queue, body), at } : undefined;
}
