import type { Snapshot } from './classify.ts';
import type { FailedResource } from '../model/progress.ts';

/** What settling needs of a sync result, as it concerns one GitOps repository. */
export interface SyncFacts extends Snapshot {
  /** The repository's commits among the compared revisions. */
  readonly compared: readonly string[];
  /** The repository's commits among the revisions of the last operation. */
  readonly operated: readonly string[];
  /** Charts among the operation's sources: `registry/repository`, and version or digest. */
  readonly charts: readonly { readonly name: string; readonly revision: string }[];
  /** References of the running images; absent where Argo CD has not told them. */
  readonly images?: readonly string[];
  /** Whether `images` has them all. */
  readonly hasAllImages: boolean;
  /** What Argo CD says of the operation, for people. */
  readonly message?: string;
  /** What the operation could not apply. */
  readonly failed: readonly FailedResource[];
  readonly degraded: readonly FailedResource[];
}
