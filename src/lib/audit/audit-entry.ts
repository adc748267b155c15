import { z } from 'zod';

/** Acts that people order. */
export const acts = ['replay', 'rollback', 'promote', 'mark', 'freeze', 'unfreeze', 'rebuild'] as const;

export type Act = (typeof acts)[number];

const entryFields = {
  /** ISO 8601. */
  at: z.string(),
  route: z.string().exactOptional(),
  environment: z.string().exactOptional(),
  /** The id of the deployment. */
  deployment: z.string().exactOptional(),
  tag: z.string().exactOptional(),
  /** A signed-in person, the name that an order gives, or the part of the system that caused it. */
  actor: z.string(),
  reason: z.string().exactOptional(),
};

/** A transition of a deployment, or an act of a person. */
export const auditEntrySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('transition'),
    ...entryFields,
    /** The former state; absent at the first. */
    from: z.string().exactOptional(),
    state: z.string(),
    /** The kind of the cause of the update. */
    cause: z.string(),
    code: z.string().exactOptional(),
    /** In the GitOps repository. */
    commit: z.string().exactOptional(),
  }),
  z.object({
    kind: z.literal('act'),
    ...entryFields,
    act: z.enum(acts),
    /** The proof of the identity: a sign-in, or the key of the level. */
    by: z.enum(['sign-in', 'key']),
  }),
]);

export type AuditEntry = Readonly<z.infer<typeof auditEntrySchema>>;
