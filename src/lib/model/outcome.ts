import type { DeploymentState, HeldBy } from './deployment.ts';
import type { Failure, FailureCode } from './failure.ts';

/** How the delivery of one tag update ended. Expected results are values; only `failed` is a failure. */
export type Outcome =
  | {
      readonly kind: 'committed';
      readonly commit: string;
      readonly branch: string;
      readonly previous?: string;
      readonly warnings?: readonly string[];
      /** Updates in the commit. */
      readonly groupSize: number;
    }
  /** Proposed by a pull request, which waits to be merged. */
  | {
      readonly kind: 'pull-request';
      readonly number: number;
      readonly url: string;
      /** The source branch. */
      readonly branch: string;
      readonly previous?: string;
      readonly warnings?: readonly string[];
      /** Updates in the pull request. */
      readonly groupSize: number;
    }
  /** The file held the value already, put there by `commit`. */
  | { readonly kind: 'up-to-date'; readonly commit: string; readonly branch: string }
  /** Another tool deploys the image: nothing is written, and the applications are followed. */
  | { readonly kind: 'awaited'; readonly applications: string }
  /** An earlier delivery has ended. */
  | { readonly kind: 'done-before'; readonly state: DeploymentState; readonly commit?: string }
  /** The registry moved the tag. The update of its current digest is queued as `to`. */
  | { readonly kind: 'tag-moved'; readonly to: string }
  /** The file, the mark, or the same commit holds a newer tag. */
  | { readonly kind: 'superseded'; readonly by: string; readonly reason: string; readonly isForeign?: boolean }
  /** The update is held. It is planned again at `until`. */
  | {
      readonly kind: 'held';
      readonly heldBy: HeldBy;
      readonly reason: string;
      /** ISO 8601. */
      readonly until: string;
      /** The next opening of its windows, ISO 8601. */
      readonly opensAt?: string;
      /** `updatedAt` of the record that the plan read; it read none if absent. */
      readonly seen?: string;
    }
  /** The sources of a promotion hold it back. A later decision judges it again. */
  | {
      readonly kind: 'refused';
      readonly code: FailureCode;
      readonly reason: string;
      /** `updatedAt` of the record that the plan read; it read none if absent. */
      readonly seen?: string;
    }
  /** `delivery: observe`: what would have been written, scalar by scalar and as a unified diff. */
  | {
      readonly kind: 'observed';
      readonly changes: string;
      readonly diff: string;
      readonly warnings?: readonly string[];
    }
  /** A pattern route met a file that does not exist, or the artifact is of a kind that the route does not deploy. */
  | { readonly kind: 'ignored'; readonly reason?: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** By the id of the update. */
export type Outcomes = Map<string, Outcome>;
