import type { Failure } from '../failure.ts';

/** How one tag update ended. Expected results are values; only `failed` is a failure. */
export type Outcome =
  | {
      readonly kind: 'committed';
      readonly commit: string;
      readonly branch: string;
      readonly previous?: string;
      readonly groupSize: number;
    }
  | { readonly kind: 'up-to-date'; readonly commit: string }
  /** The file, or the same commit, holds a newer tag. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** `delivery: observe`: what would have been written. */
  | { readonly kind: 'observed'; readonly changes: string }
  /** A pattern route met a file that does not exist. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'failed'; readonly failure: Failure };
