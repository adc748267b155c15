import { z } from 'zod';

/** Acts that people order. */
export const acts = ['replay', 'rollback', 'promote', 'mark', 'freeze', 'unfreeze', 'rebuild'] as const;

export type Act = (typeof acts)[number];

/** A commit of another author in place of a deployment's value. */
const commitAct = 'commit';

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
    act: z.enum([...acts, commitAct]),
    /** The proof of the identity: a sign-in, the key of the level, or only the author's name in a commit. */
    by: z.enum(['sign-in', 'key', 'commit']),
    /** In the GitOps repository. */
    commit: z.string().exactOptional(),
  }),
]);

export type AuditEntry = Readonly<z.infer<typeof auditEntrySchema>>;
