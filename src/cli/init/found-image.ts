import type { PathSegment } from '../../lib/model/value-path.ts';

/** One place of a checkout where an image stands. */
export interface FoundImage {
  /** `registry/repository`. */
  readonly image: string;
  readonly file: string;
  readonly tag?: string;
  readonly target:
    | { readonly kind: 'helm-tag'; readonly path: readonly PathSegment[]; readonly digest: boolean }
    | { readonly kind: 'helm-image'; readonly path: readonly PathSegment[]; readonly digest?: boolean }
    | { readonly kind: 'kustomize'; readonly name?: string; readonly digest: boolean }
    | {
        readonly kind: 'manifest';
        /** Kind and container, the same in the files of all environments. */ readonly workload: string;
      }
    | { readonly kind: 'yaml'; readonly path: readonly PathSegment[]; readonly value: string }
    | {
        readonly kind: 'application';
        /** `KEY=VALUE` of an element of a `list` generator. */
        readonly element?: string;
        readonly parameters?: { readonly tag?: string; readonly image?: string };
      };
}
