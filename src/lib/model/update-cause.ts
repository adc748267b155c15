import { z } from 'zod';

export const updateIdPattern = /^[0-9a-f]{32}$/;

/** `of` is the id of the update that the registry's event asked for; `number` counts the replays of it. */
const replayFields = { of: z.string().regex(updateIdPattern), number: z.int().min(1) };

/** A healthy record of an environment from which an image is promoted. */
const promotedSchema = z.object({
  environment: z.string().min(1).max(100),
  id: z.string().regex(updateIdPattern),
});

const orderSchema = z.object({
  actor: z.string().min(1).max(200).exactOptional(),
  reason: z.string().min(1).max(1_000),
  /** It passes windows and freezes. */
  now: z.boolean(),
});

export type Promoted = Readonly<z.infer<typeof promotedSchema>>;

/** The reason why an update exists. */
export const updateCauseSchema = z.discriminatedUnion('kind', [
  /** An event of a registry. */
  z.object({ kind: z.literal('push') }),
  /** A service hook named the build that made the image. */
  z.object({ kind: z.literal('build') }),
  /** Reconcile found a push without an event. */
  z.object({ kind: z.literal('reconcile') }),
  /** A person replayed one update: it ignores the mark. */
  z.object({
    kind: z.literal('replay'),
    ...replayFields,
    actor: z.string().min(1).max(200).exactOptional(),
    reason: z.string().min(1).max(1_000).exactOptional(),
  }),
  /** An older update has replaced it in the file: it ignores the mark and replaces only the tag `from`. */
  z.object({ kind: z.literal('overtaken'), ...replayFields, from: z.string().min(1).max(200) }),
  /** The image became healthy in every environment that this one is promoted from. */
  z.object({
    kind: z.literal('promotion'),
    from: z.array(promotedSchema).min(1).readonly(),
    /** A person ordered it. */
    ordered: orderSchema.exactOptional(),
  }),
  /** An environment goes back to an earlier value. It ignores the mark and the order, and passes windows. */
  z.object({
    kind: z.literal('rollback'),
    /** The deployment that it reverts; absent if a person put the value there. */
    of: z.string().regex(updateIdPattern).exactOptional(),
    /** By `onFailure`; else a person ordered it. */
    automatic: z.boolean(),
    actor: z.string().min(1).max(200).exactOptional(),
    reason: z.string().min(1).max(1_000),
    /** Ordered: the value that it reverts, as `heldText` writes it. */
    from: z.string().max(1_000).exactOptional(),
  }),
]);

export type UpdateCause = Readonly<z.infer<typeof updateCauseSchema>>;

/** Messages and records of versions before `cause` have `replay`, with `from` if the update was overtaken. */
export function withCause(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || 'cause' in stored) return stored;
  const { replay, ...rest } = stored as { readonly replay?: unknown };
  if (typeof replay !== 'object' || replay === null) return { ...stored, cause: { kind: 'push' } };
  return { ...rest, cause: { kind: 'from' in replay ? 'overtaken' : 'replay', ...replay } };
}
