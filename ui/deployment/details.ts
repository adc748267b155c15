import type { Drift } from '../environments/overview.ts';

/** A deployment as `GET /api/deployments/{id}` answers it. */
export interface Details {
  readonly id: string;
  readonly route: string;
  readonly environment: string;
  readonly image: string;
  readonly tag: string;
  readonly pushedAt: string;
  readonly state: string;
  readonly states: readonly { readonly state: string; readonly at: string; readonly syncedBy?: string }[];
  readonly updatedAt: string;
  readonly repository?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly pullRequest?: { readonly number: number; readonly url: string };
  readonly previous?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly retry?: {
    readonly code: string;
    readonly reason: string;
    readonly attempt: number;
    readonly at: string;
  };
  readonly heldBy?: string;
  readonly heldUntil?: string;
  readonly opensAt?: string;
  readonly supersededBy?: string;
  readonly recovery?: string;
  readonly changes?: string;
  readonly diff?: string;
  readonly build?: {
    readonly number: string;
    readonly url: string;
    readonly project: string;
    readonly definition?: { readonly name: string };
    readonly sourceBranch: string;
  };
  readonly source?: {
    readonly repository?: string;
    readonly commit?: string;
    readonly committedAt?: string;
    readonly message?: string;
  };
  readonly applications?: readonly string[];
  readonly applicationLinks?: Readonly<Record<string, string>>;
  readonly progress?: Readonly<Record<string, ApplicationProgress>>;
  readonly promotions?: readonly NextPromotion[];
  readonly gates?: readonly { readonly id: string; readonly collection: string }[];
  readonly drift?: Drift;
  readonly warning?: string;
  readonly editWarnings?: readonly string[];
  readonly replayOf?: string;
  readonly replay?: { readonly actor?: string; readonly reason?: string };
  readonly promotion?: {
    readonly from: readonly { readonly environment: string; readonly id: string }[];
    readonly actor?: string;
    readonly reason?: string;
  };
  readonly rollback?: {
    readonly of?: string;
    readonly automatic: boolean;
    readonly actor?: string;
    readonly reason: string;
  };
}

/** A promotion that goes on from a deployment. */
export interface NextPromotion {
  readonly environment: string;
  /** Absent while the image is not healthy in all `sources`. */
  readonly id?: string;
  readonly state?: string;
  readonly sources: readonly string[];
  readonly soakSeconds: number;
  readonly reason?: string;
  readonly heldBy?: string;
  readonly opensAt?: string;
}

export interface ApplicationProgress {
  readonly state: string;
  readonly at: string;
  readonly revision?: string;
  readonly reason?: string;
  readonly syncedBy?: string;
  readonly failures?: readonly { readonly resource: string; readonly message?: string }[];
}
