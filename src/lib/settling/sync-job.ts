import { z } from 'zod';
import type { SyncResult } from '../intake/sync-result.ts';

/** A sync result to settle, or an ask for one; without both the last result is evaluated again. */
export const syncJobSchema = z.object({
  /** `[instance/]namespace/name`. */
  application: z.string().min(1),
  result: z.custom<SyncResult>((value) => typeof value === 'object' && value !== null).exactOptional(),
  /** When the result arrived, ISO 8601. */
  receivedAt: z.string().exactOptional(),
  /** The result is an answer of Argo CD's API. */
  asked: z.enum(['refresh', 'ask']).exactOptional(),
  /** Asks Argo CD, if this is still the planned ask of the application. */
  ask: z.string().exactOptional(),
  /** Continue after this deployment: a job settles at most `pageSize`. */
  after: z.string().exactOptional(),
});

export type SyncJob = z.infer<typeof syncJobSchema>;
