import { z } from 'zod';

/** A stored gate: its task, its question and its progress. */
export const gateSchema = z.object({
  /** A hash of the task's ids: the same request twice is the same gate. */
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
  /** The job's encrypted token, removed when the gate ends. */
  token: z.string().exactOptional(),
  /** ISO 8601. */
  openedAt: z.string(),
  /** When an undecided gate fails, ISO 8601. */
  endsAt: z.string(),
  /** Routes of the deployments found so far: their newer deployments concern the gate too. */
  found: z.array(z.string()).readonly(),
  /** When it last found another deployment, ISO 8601. */
  foundAt: z.string().exactOptional(),
  /** Hash of the last log line of each deployment, by its id. */
  reported: z.record(z.string(), z.string()).readonly().default({}),
  /** The newest lines of the log. */
  lines: z.array(z.string()).readonly(),
  /** Stored before the callback, which sends it. */
  result: z.object({ succeeded: z.boolean(), text: z.string(), at: z.string() }).readonly().exactOptional(),
  /**
   * `completed`: the callback succeeded, or its repeat found that the task had ended. `lost`: the task ended before the
   * first callback, or cannot be called.
   */
  ended: z.enum(['completed', 'lost']).exactOptional(),
});

export type Gate = Readonly<z.infer<typeof gateSchema>>;

/** The part of an open gate that decides whether a deployment concerns it. */
export const openGateSchema = z.object({
  id: z.string(),
  collection: z.string(),
  environment: z.string(),
  routes: gateSchema.shape.question.shape.routes,
  selector: gateSchema.shape.question.shape.selector,
  found: z.array(z.string()).readonly(),
});

export type OpenGate = Readonly<z.infer<typeof openGateSchema>>;
