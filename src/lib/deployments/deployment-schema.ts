import { z } from 'zod';
import { failureKinds } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { FileEdit } from '../model/file-edit.ts';
import { scheduledRetrySchema } from '../model/scheduled-retry.ts';
import { tagUpdateSchema } from '../model/tag-update.ts';
import { deploymentStates, holders } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import { knownBuildSchema, knownSourceSchema } from '../model/image-origin.ts';
import { driftSchema } from '../model/drift.ts';
import { healthSchema } from '../model/health.ts';
import { progressSchema } from '../model/progress.ts';

const stateSchema = z.enum(deploymentStates);
const codeSchema = z.custom<FailureCode>((code) => typeof code === 'string' && code in failureKinds);
/** Made once: it would be compiled for each edit of each record. */
const fileEditShape = z.looseObject({ kind: z.string(), file: z.string() });
/** Written by this app only. */
const fileEditSchema = z.custom<FileEdit>((edit) => fileEditShape.safeParse(edit).success);
/** A stored record. */
export const deploymentSchema = z.object({
  update: tagUpdateSchema,
  state: stateSchema,
  states: z
    .array(
      z.object({
        state: stateSchema,
        at: z.string(),
        code: codeSchema.exactOptional(),
        reason: z.string().exactOptional(),
        syncedBy: z.string().exactOptional(),
      }),
    )
    .readonly(),
  updatedAt: z.string(),
  repository: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  pullRequest: z.object({ number: z.number(), url: z.string() }).readonly().exactOptional(),
  previous: z.string().exactOptional(),
  code: codeSchema.exactOptional(),
  reason: z.string().exactOptional(),
  retry: scheduledRetrySchema.exactOptional(),
  heldBy: z.enum(holders).exactOptional(),
  heldUntil: z.string().exactOptional(),
  opensAt: z.string().exactOptional(),
  supersededBy: z.string().exactOptional(),
  changes: z.string().exactOptional(),
  diff: z.string().exactOptional(),
  build: knownBuildSchema.readonly().exactOptional(),
  source: knownSourceSchema.readonly().exactOptional(),
  edits: z.array(fileEditSchema).readonly().exactOptional(),
  applications: z.array(z.string()).readonly().exactOptional(),
  progress: z.record(z.string(), progressSchema).readonly().exactOptional(),
  health: healthSchema.readonly().exactOptional(),
  recovery: z.string().exactOptional(),
  syncs: z
    .record(z.string(), z.object({ at: z.string(), refused: z.string().exactOptional() }))
    .readonly()
    .exactOptional(),
  warning: z.string().exactOptional(),
  editWarnings: z.array(z.string()).readonly().exactOptional(),
  drift: driftSchema.exactOptional(),
  followed: z.string().exactOptional(),
}) satisfies z.ZodType<Deployment>;
