import type { ImageReference } from '../../lib/model/image-reference.ts';
import type { FoundImage } from '../init/found-image.ts';
import type { ScannedFile } from '../init/scan.ts';
import type { RunningApplication, SourceRepository } from './application.ts';

/** A checkout of a repository. */
export interface Checkout {
  /** The repository. */
  readonly url: string;
  readonly key: string;
  /** The branch that is checked out, if known. */
  readonly branch?: string;
  readonly files: ReadonlyMap<string, ScannedFile>;
  /** The bytes of a file; `undefined` if there is none. */
  readonly read: (path: string) => Uint8Array | undefined;
}

export interface Checkouts {
  readonly of: (repository: SourceRepository) => Checkout | undefined;
  /** The file that defines an Application. */
  readonly manifestOf: (application: RunningApplication) => ApplicationManifest | undefined;
}

export interface ApplicationManifest {
  readonly checkout: Checkout;
  readonly file: string;
  /** An ApplicationSet defines several applications by one text. */
  readonly kind: 'Application' | 'ApplicationSet';
}

export type WritableRepository = SourceRepository & { readonly url: string; readonly key: string };

/** An image that an application runs, with the tags and digests of its pods. */
export interface RunningImage {
  readonly name: Pick<ImageReference, 'registry' | 'repository'>;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

/** The place in Git that sets an image. */
export interface ImagePlace {
  readonly repository: WritableRepository;
  readonly found: FoundImage;
  /** No checkout shows the place. */
  readonly isGuess?: true;
  /** Facts that the reader has to check. */
  readonly notes: readonly string[];
}

export type PlaceResult =
  | { readonly kind: 'found'; readonly places: readonly ImagePlace[] }
  | { readonly kind: 'not-found'; readonly reason: string };

export function notFound(reason: string): PlaceResult {
  return { kind: 'not-found', reason };
}

/** A repository that routes can write; else the reason why not. */
export function writable(
  repository: SourceRepository,
): { readonly repository: WritableRepository } | { readonly reason: string } {
  const { url, key, pinned, text } = repository;
  if (url === undefined || key === undefined) return { reason: `${text} is not a Git repository that routes can name` };
  if (pinned !== undefined)
    return { reason: `the application is pinned to ${pinned} of ${url}, which no commit changes` };
  return { repository: { ...repository, url, key } };
}

/** The running tags, or digests, for messages. */
export function runningText({ tags, digests }: RunningImage): string {
  return [...tags, ...(tags.length === 0 ? digests : [])].join(', ');
}
