/** A value that tagrelay did not write, in place of a deployment's. */
export interface Drift {
  /** Empty if there is none. */
  readonly value: string;
  readonly commit?: string;
  readonly author?: string;
  readonly since: string;
}

/** A deployment as `GET /api/environments` answers it. */
export interface Brief {
  readonly id: string;
  readonly tag: string;
  readonly state: string;
  readonly since: string;
  readonly cause: {
    readonly kind: string;
    readonly automatic?: boolean;
    readonly actor?: string;
    readonly from?: readonly string[];
  };
  readonly reason?: string;
  readonly supersededBy?: string;
  readonly opensAt?: string;
  readonly heldBy?: string;
  readonly heldUntil?: string;
  readonly warning?: string;
  readonly drift?: Drift;
}

export interface Overview {
  readonly route: string;
  readonly environment: string;
  readonly image: string;
  readonly deployed?: Brief;
  readonly next?: Brief;
  readonly queued: number;
  readonly configured?: boolean;
}

export interface EnvironmentsAnswer {
  readonly environments: readonly Overview[];
  readonly hasMoreQueued?: true;
}
