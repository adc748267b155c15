import type { FailureCode } from '../model/failure.ts';
import type { PromotedFrom } from '../model/promoted-from.ts';

export type RefusalCode = Extract<FailureCode, 'not-promoted' | 'taken-back' | 'tag-moved' | 'soak-replaced'>;

/** Whether a plan may write an image that is promoted. */
export type Verdict =
  | {
      readonly kind: 'promoted';
      /** Every source whose files have a digest holds exactly this image. */
      readonly isAtSources: boolean;
      readonly sources: readonly PromotedFrom[];
    }
  /** Time alone can change it: it is planned again at `until`, in milliseconds since 1970. */
  | { readonly kind: 'waits'; readonly reason: string; readonly until: number }
  /** A later decision judges it again. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly reason: string };
