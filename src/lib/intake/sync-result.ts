export type SyncStatus = 'Synced' | 'OutOfSync' | 'Unknown';
export type HealthStatus = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';
export type OperationPhase = 'Running' | 'Terminating' | 'Succeeded' | 'Failed' | 'Error';

/** The state of an application in Argo CD. Times are ISO 8601 in UTC, at most 5 min after receipt. */
export interface SyncResult {
  readonly kind: 'sync-result';
  readonly application: { readonly namespace: string; readonly name: string; readonly uid?: string };
  /** Where people see Argo CD; no slash at the end. */
  readonly argocdUrl?: string;
  /** In Argo CD's order, which is that of the revisions; empty with the source hydrator. */
  readonly sources: readonly SyncSource[];
  readonly hydrator?: Hydrator;
  readonly sync: {
    readonly status: SyncStatus;
    /** The compared revisions, by the index of their sources; an empty text where a source has none. */
    readonly revisions: readonly string[];
  };
  readonly health: {
    readonly status: HealthStatus;
    readonly lastTransitionTime?: string;
    /** Known where Argo CD keeps the health of resources in the Application, as before 3.0. */
    readonly degradedResources: readonly SyncedResource[];
    readonly degradedResourcesOmitted: number;
  };
  /** The last sync; absent where the application was never synced. */
  readonly operation?: SyncOperation;
  /** Images of the live workloads; may lag. */
  readonly images: readonly string[];
  /** How many more there are. */
  readonly imagesOmitted: number;
  readonly conditions: readonly {
    readonly type: string;
    readonly message: string;
    readonly lastTransitionTime?: string;
  }[];
  /** Absent in notifications. */
  readonly syncPolicy?: {
    /** Whether Argo CD syncs without a request. */
    readonly isAutomated: boolean;
    readonly prunes: boolean;
  };
  /** When Argo CD last compared. */
  readonly reconciledAt?: string;
}

export interface SyncSource {
  /** As Argo CD has it: any form of URL. */
  readonly repoUrl: string;
  readonly path?: string;
  readonly chart?: string;
  readonly targetRevision?: string;
  /** Name under which other sources refer to this one's files. */
  readonly ref?: string;
  /** Helm's value files, unresolved; absent if unknown. */
  readonly valueFiles?: readonly string[];
}

/** The source hydrator renders a dry commit into a hydrated one, which is what is synced. */
export interface Hydrator {
  readonly source: SyncSource;
  readonly targetBranch?: string;
  /** The last that was rendered; not always what is synced. */
  readonly drySha?: string;
  readonly hydratedSha?: string;
}

export interface SyncOperation {
  readonly phase: OperationPhase;
  /** On one line; empty where there is none. */
  readonly message: string;
  readonly startedAt: string;
  /** While it runs: the end of the last attempt. */
  readonly finishedAt?: string;
  /** Attempts that failed and are repeated. */
  readonly retryCount?: number;
  /** How many attempts Argo CD makes after the first one. */
  readonly retryLimit?: number;
  /** The synced revision, or the requested one if that is unknown; by the index of its source, as `sync.revisions`. */
  readonly revisions: readonly string[];
  readonly failedResources: readonly SyncedResource[];
  readonly failedResourcesOmitted: number;
  /** The account of Argo CD that started it; absent for an automated sync. */
  readonly startedBy?: Initiator;
}

/** An account of Argo CD. */
export interface Initiator {
  readonly name: string;
  /**
   * Argo CD merges a new operation into the status of the previous one, so that the fields of an automated and of a manual
   * sync can both be there: then the sync was started by the account or by Argo CD itself.
   */
  readonly orAutomated?: true;
}

/** A resource that failed, and why. */
export interface SyncedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Absent for what is cluster-wide. */
  readonly namespace?: string;
  readonly name: string;
  readonly message: string;
  /** Result of applying it: `SyncFailed`; absent for hooks. */
  readonly status?: string;
  /** Of a hook, or of what is waited for: `Failed`, `Error`. */
  readonly hookPhase?: string;
  readonly syncPhase?: string;
}
