/** An application of the stand-in. It begins as deployed with what its branch holds. */
export interface ApplicationOptions {
  readonly name: string;
  /** `argocd` where absent. */
  readonly namespace?: string;
  /** `default` where absent. */
  readonly project?: string;
  /** One is `spec.source`, several are `spec.sources`. */
  readonly sources: readonly SourceOptions[];
}

/** A source as Argo CD has it, and what the stand-in reads of it. */
export interface SourceOptions {
  readonly repoURL: string;
  /** Folder or file that is deployed; with neither `path` nor `images`, a source is only referred to. */
  readonly path?: string;
  /** A chart from a chart repository: its `targetRevision` is its revision, and nothing is read. */
  readonly chart?: string;
  /** Branch, tag or commit; `HEAD` where absent. */
  readonly targetRevision?: string;
  readonly ref?: string;
  /** Images that stand in the files in a form that is not found by itself. */
  readonly images?: readonly ImagePlace[];
}

/** Where the tag of an image stands. */
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

/** What becomes of an image in the cluster. */
export type ImageFate = 'runs' | 'breaks' | 'hangs' | 'refused';

/**
 * The fate by the tag: one that contains `broken` never becomes healthy and degrades, one with `stuck` stays on the way,
 * one with `invalid` cannot be applied at all.
 */
export function fateByTag(image: string): ImageFate {
  if (/:[^/]*broken/.test(image)) return 'breaks';
  if (/:[^/]*stuck/.test(image)) return 'hangs';
  return /:[^/]*invalid/.test(image) ? 'refused' : 'runs';
}

/** How fast the stand-in is; in milliseconds. */
export interface Pace {
  /** Between looks at the repositories. */
  readonly pollMs: number;
  /** How long an operation runs. */
  readonly syncMs: number;
  /** From the end of an operation until the health is known. */
  readonly healthMs: number;
  /** Until notifications are looked at again without a change; a minute and more in Argo CD. */
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
