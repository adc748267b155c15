import type { PathSegment } from '../../lib/model/value-path.ts';

/** One place of a checkout where an image is. */
export interface FoundImage {
  /** `registry/repository`. */
  readonly image: string;
  readonly file: string;
  readonly tag?: string;
  readonly digest?: string;
  /** The environment that a list generator's element names. */
  readonly element?: string;
  readonly target:
    | {
        readonly kind: 'helm-tag';
        readonly path: readonly PathSegment[];
        /** The place of the digest; true: `digest` beside the tag. */
        readonly digest?: readonly PathSegment[] | boolean;
      }
    | { readonly kind: 'helm-image'; readonly path: readonly PathSegment[]; readonly digest?: boolean }
    | { readonly kind: 'yaml'; readonly path: readonly PathSegment[]; readonly value: string }
    | { readonly kind: 'kustomize'; readonly name?: string; readonly digest: boolean }
    | {
        readonly kind: 'manifest';
        /** Kind and container, the same in the files of all environments. */ readonly workload: string;
        readonly digest?: boolean;
      }
    | {
        readonly kind: 'application';
        /** `KEY=VALUE` of an element of a `list` generator. */
        readonly element?: string;
        readonly parameters?: { readonly tag?: string; readonly image?: string };
        readonly digest?: boolean;
      };
}

/** The tag and the digest of a text such as `v1@sha256:…`. */
export function tagOf(text: string | undefined): { readonly tag?: string; readonly digest?: string } {
  const [, tag, digest] = /^([^@]*)(?:@(sha\d+:[0-9a-f]+))?$/.exec(text?.trim() ?? '') ?? [];
  return { ...(tag !== undefined && tag !== '' && { tag }), ...(digest !== undefined && { digest }) };
}
