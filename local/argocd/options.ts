/** An application of the stand-in. At the start its branch is deployed already. */
export interface ApplicationOptions {
  readonly name: string;
  /** `argocd` where absent. */
  readonly namespace?: string;
  /** `default` where absent. */
  readonly project?: string;
  /** One becomes `spec.source`, several become `spec.sources`. */
  readonly sources: readonly SourceOptions[];
}

/** A source of Argo CD, with fields for the stand-in. */
export interface SourceOptions {
  readonly repoURL: string;
  /** Folder or file that is deployed; a source with neither `path` nor `images` is a `ref`. */
  readonly path?: string;
  /** A chart of a chart repository: `targetRevision` is its revision, and no file is read. */
  readonly chart?: string;
  /** Branch, tag or commit; `HEAD` where absent. */
  readonly targetRevision?: string;
  readonly ref?: string;
  /** Images in a form that the stand-in does not find. */
  readonly images?: readonly ImagePlace[];
}

/** The place of an image's tag. */
export interface ImagePlace {
  /** From the root of the repository. */
  readonly file: string;
  /** `registry/repository` */
  readonly image: string;
  /** Dotted path of the tag: `api.image.tag`. */
  readonly tag: string;
  /** Dotted path of the digest. */
  readonly digest?: string;
}

/** The result of running an image in the cluster. */
export type ImageFate = 'runs' | 'breaks' | 'hangs' | 'refused';

/**
 * The fate by the tag: `broken` in a tag degrades, `stuck` stays progressing, and `invalid` is refused by the cluster.
 */
export function fateByTag(image: string): ImageFate {
  if (/:[^/]*broken/.test(image)) return 'breaks';
  if (/:[^/]*stuck/.test(image)) return 'hangs';
  return /:[^/]*invalid/.test(image) ? 'refused' : 'runs';
}

/** Times of the stand-in, in milliseconds. */
export interface Pace {
  /** Between comparisons with the repositories. */
  readonly pollMs: number;
  /** How long an operation runs. */
  readonly syncMs: number;
  /** From the end of an operation until the health is known. */
  readonly healthMs: number;
  /** Between evaluations of notifications without a change; a minute or more in Argo CD. */
  readonly resyncMs: number;
  /** The shortest and the longest wait before a notification is sent again; 1 s and 5 s in Argo CD. */
  readonly retryWaitMs: readonly [number, number];
}

export const defaultPace: Pace = {
  pollMs: 200,
  syncMs: 300,
  healthMs: 300,
  resyncMs: 2000,
  retryWaitMs: [100, 500],
};
