import { z } from 'zod';
import { readMessage } from './message-body.ts';
import { retrySchema } from './retry.ts';
import type { Retry } from './retry.ts';

/** The kinds of messages in the queue `work`. */
export const workKinds = [
  'registry-event',
  'devops-event',
  'tag-update',
  'sync-result',
  'effects',
  'gates',
  'promotion',
  'rollback',
  'pull-request',
  'git-push',
] as const;

export type WorkKind = (typeof workKinds)[number];

/** Work to do: the content of a message. */
export interface Job {
  readonly kind: WorkKind;
  readonly body: unknown;
  readonly retry?: Retry;
}

/** The version of messages that this app writes. It reads this version and older ones. */
export const messageVersion = 1;

const envelopeSchema = z.object({
  v: z.int().min(1).max(messageVersion),
  kind: z.enum(workKinds),
  body: z.unknown(),
  retry: retrySchema.exactOptional(),
});
const anyEnvelopeSchema = z.looseObject({
  v: z.int().min(1),
  kind: z.string().optional(),
  unreadSince: z.iso.datetime().optional().catch(undefined),
});

/** A message of a newer version of the app: it has a newer version, or a kind that this app does not know. */
export interface NewerWork {
  readonly type: 'newer';
  readonly version: number;
  readonly kind: string | undefined;
  /** When a worker first met it, ISO 8601. */
  readonly unreadSince: string | undefined;
  readonly content: object;
}

export type ReadWork = { readonly type: 'job'; readonly job: Job } | NewerWork;

/** The message of a job. */
export function envelopeOf(job: Job): object {
  return { v: messageVersion, ...job };
}

/** The message of a newer version, to be queued again. The other fields are unchanged; readers ignore this one. */
export function withUnreadSince(content: object, unreadSince: string): object {
  return { ...content, unreadSince };
}

/**
 * Reads a message of the queue `work`: an envelope, or the raw event of a sender that writes into the queue itself.
 *
 * @param rawKind the kind of a raw event
 */
export function readWork(message: unknown, rawKind: (body: unknown) => WorkKind): ReadWork {
  const content = readMessage(message);
  return readEnvelope(content) ?? { type: 'job', job: { kind: rawKind(content), body: content } };
}

/** Reads an envelope; `undefined` for any other content. */
export function readEnvelope(content: unknown): ReadWork | undefined {
  const envelope = envelopeSchema.safeParse(content);
  if (envelope.success) {
    const { kind, body, retry } = envelope.data;
    return { type: 'job', job: { kind, body, ...(retry && { retry }) } };
  }
  const other = anyEnvelopeSchema.safeParse(content).data;
  if (other === undefined || !(other.v > messageVersion || isUnknown(other.kind))) return undefined;
  const { v: version, kind, unreadSince } = other;
  return { type: 'newer', version, kind, unreadSince, content: other };
}

const isUnknown = (kind: string | undefined): boolean =>
  kind !== undefined && !(workKinds as readonly string[]).includes(kind);
