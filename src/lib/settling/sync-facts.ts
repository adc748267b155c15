import type { Snapshot } from './classify.ts';
import type { FailedResource } from '../model/progress.ts';

/** The facts of a sync result that concern one GitOps repository. */
export interface SyncFacts extends Snapshot {
  /** Commits of the repository among the compared revisions. */
  readonly compared: readonly string[];
  /** Commits of the repository among the revisions of the last operation. */
  readonly operated: readonly string[];
  /** Charts among the operation's sources: `registry/repository`, and version or digest. */
  readonly charts: readonly { readonly name: string; readonly revision: string }[];
  /** References of the running images; absent if Argo CD did not list them. */
  readonly images?: readonly string[];
  /** Whether `images` is complete. */
  readonly hasAllImages: boolean;
  /** Argo CD's message on the operation, for people. */
  readonly message?: string;
  /** Resources that the operation could not apply. */
  readonly failed: readonly FailedResource[];
  readonly degraded: readonly FailedResource[];
}
