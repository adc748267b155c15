import { z } from 'zod';

/** A job that is queued again after a failure. */
export const scheduledRetrySchema = z.object({
  /** Code of the failure; a newer version of the app may have others. */
  code: z.string(),
  reason: z.string(),
  /** The number of failed attempts. */
  attempt: z.int().min(1),
  /** The next attempt, ISO 8601. */
  at: z.string(),
});

export type ScheduledRetry = Readonly<z.infer<typeof scheduledRetrySchema>>;
