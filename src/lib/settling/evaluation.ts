import type { Progress } from '../model/progress.ts';

/** The progress of a deployment by one sync result. */
export interface Evaluation {
  readonly progress: Progress;
  /** When to evaluate the last result again, in milliseconds since 1970: the application may still be degraded then. */
  readonly checkAt?: number;
}
