import type { SyncWindow } from './sync/windows.ts';

/** An application of the stand-in. At the start its branch is deployed already. */
export interface ApplicationOptions {
  readonly name: string;
  /** `argocd` where absent. */
  readonly namespace?: string;
  /** `default` where absent. */
  readonly project?: string;
  /** One becomes `spec.source`, several become `spec.sources`. */
  readonly sources: readonly SourceOptions[];
  /** Automated with `prune` where absent. */
  readonly syncPolicy?: SyncPolicy;
  /** A controller of the cluster changes the live state after each sync, so that the application stays OutOfSync. */
  readonly drifts?: boolean;
  /** The application whose sync made this one, as Argo CD tracks it: `NAME`, or `NAMESPACE_NAME` outside of `argocd`. */
  readonly heldBy?: string;
  /** The ApplicationSet that made it. */
  readonly applicationSet?: string;
}

/** An ApplicationSet. Only its API exists here; it generates no Applications. */
export interface ApplicationSetOptions {
  readonly name: string;
  /** `argocd` where absent. */
  readonly namespace?: string;
  /** The project of its template. */
  readonly project: string;
  readonly heldBy?: string;
}

/** `spec.syncPolicy` of an Application. */
export interface SyncPolicy {
  /** Absent: syncs only on request. */
  readonly automated?: { readonly prune?: boolean };
  readonly syncOptions?: readonly string[];
  readonly retry?: { readonly limit?: number };
}

/** An AppProject. */
export interface ProjectOptions {
  readonly syncWindows?: readonly SyncWindow[];
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
  readonly kustomize?: { readonly images?: readonly string[] | undefined } | undefined;
  readonly helm?:
    | {
        readonly parameters?: readonly { readonly name: string; readonly value: string }[] | undefined;
        readonly values?: string | undefined;
        readonly valuesObject?: unknown;
      }
    | undefined;
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
  /** The shortest time between comparisons with the repositories; a random jitter adds up to half of it. */
  readonly pollMs: number;
  /** The work of a comparison. */
  readonly compareMs: number;
  /** Comparisons at a time (`--status-processors`). */
  readonly comparisons: number;
  /** How long an attempt of an operation runs. */
  readonly syncMs: number;
  /** The wait before a failed attempt is repeated: doubled for each attempt, at most 36 times as long. */
  readonly retryMs: number;
  /** From the end of an operation until its pods are ready. */
  readonly healthMs: number;
  /** From the end of an operation until a rollout without ready pods is degraded (`progressDeadlineSeconds`). */
  readonly deadlineMs: number;
  /** How long manifest errors of polls are ignored (`--repo-error-grace-period-seconds`). */
  readonly graceMs: number;
  /** Between evaluations of notifications without a change. */
  readonly resyncMs: number;
  /** From one evaluation of notifications to the next one: two a second, which the rate limit of the client leaves. */
  readonly evaluationMs: number;
  /** The shortest and the longest wait before a notification is sent again. */
  readonly retryWaitMs: readonly [number, number];
}

/** The times of Argo CD 3.5.1 with its default settings and pods that are ready after three seconds. */
export const defaultPace: Pace = {
  pollMs: 120_000,
  compareMs: 0,
  comparisons: 20,
  syncMs: 500,
  retryMs: 5000,
  healthMs: 3000,
  deadlineMs: 600_000,
  graceMs: 180_000,
  resyncMs: 60_000,
  evaluationMs: 500,
  retryWaitMs: [1000, 5000],
};
