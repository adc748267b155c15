import { z } from 'zod';

/** A gate as it is kept: the task, its question, and how far it has come. */
export const gateSchema = z.object({
  /** Names the task in its plan: the same request twice is the same gate. */
  id: z.string(),
  task: z.object({
    /** Canonical URL of the collection. */
    collection: z.string(),
    projectId: z.string(),
    hubName: z.string(),
    planId: z.string(),
    jobId: z.string(),
    timelineId: z.string(),
    taskInstanceId: z.string(),
  }),
  question: z.object({
    environment: z.string(),
    routes: z.array(z.string()).readonly().exactOptional(),
    selector: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('build'), build: z.number() }),
      z.object({ kind: z.literal('tag'), tag: z.string() }),
      z.object({ kind: z.literal('commit'), commit: z.string() }),
    ]),
    count: z.number().exactOptional(),
    onSuperseded: z.enum(['follow', 'succeed', 'fail']),
    requireImage: z.boolean(),
  }),
  /** The job's token, encrypted; removed when the gate has ended. */
  token: z.string().exactOptional(),
  /** ISO 8601. */
  openedAt: z.string(),
  /** When it fails with what is known by then, ISO 8601. */
  endsAt: z.string(),
  /** Routes of deployments that it has found, so that newer ones of these are looked at too. */
  found: z.array(z.string()).readonly(),
  /** When it last found a deployment that it had not known, ISO 8601. */
  foundAt: z.string().exactOptional(),
  /** What its log says of each deployment, hashed: lines are not said twice. */
  said: z.record(z.string(), z.string()).readonly(),
  /** The lines so far, the last few hundred. */
  lines: z.array(z.string()).readonly(),
  /** Written before the task is told; what is told is this. */
  result: z.object({ succeeded: z.boolean(), text: z.string(), at: z.string() }).readonly().exactOptional(),
  /** `completed`: the task was told. `lost`: nobody waits any more, or it cannot be told. */
  ended: z.enum(['completed', 'lost']).exactOptional(),
});

export type Gate = Readonly<z.infer<typeof gateSchema>>;

/** What a gate that has not ended waits for: enough to see whether a deployment concerns it. */
export const openGateSchema = z.object({
  id: z.string(),
  collection: z.string(),
  environment: z.string(),
  selector: gateSchema.shape.question.shape.selector,
  found: z.array(z.string()).readonly(),
});

export type OpenGate = Readonly<z.infer<typeof openGateSchema>>;
