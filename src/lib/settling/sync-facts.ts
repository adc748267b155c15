import type { Initiator } from '../intake/sync-result.ts';
import type { Snapshot } from './classify.ts';
import type { FailedResource } from '../model/progress.ts';

/** The facts of a sync result that concern one GitOps repository. */
export interface SyncFacts extends Snapshot {
  /** Commits of the repository among the compared revisions. */
  readonly compared: readonly string[];
  /** The indexes of the sources that are of the repository, with their compared commits. */
  readonly positions: readonly { readonly index: number; readonly revision: string }[];
  /** Commits of the repository among the revisions of the last operation; none while they can be the previous ones'. */
  readonly operated: readonly string[];
  /** Why Argo CD cannot render or compare the manifests. */
  readonly comparisonError?: { readonly message: string; readonly since: string | undefined };
  /** Whether the operation ended without a revision, because Argo CD could not render the manifests. */
  readonly isWithoutRevision: boolean;
  /** How many attempts Argo CD makes after the first one. */
  readonly retryLimit?: number;
  /** Charts among the operation's sources: `registry/repository`, and version or digest. */
  readonly charts: readonly { readonly name: string; readonly revision: string }[];
  /** References of the running images; absent if Argo CD did not list them. */
  readonly images?: readonly string[];
  /** Whether `images` is complete. */
  readonly hasAllImages: boolean;
  /** Argo CD's message on the operation, for people. */
  readonly message?: string;
  /** The account that started the operation. */
  readonly startedBy?: Initiator;
  /** Resources that the operation could not apply. */
  readonly failed: readonly FailedResource[];
  readonly degraded: readonly FailedResource[];
}
