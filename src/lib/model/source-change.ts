import type { KnownBuild } from './image-origin.ts';

/** A commit of the repository that an image is built from. */
export interface SourceChange {
  /** The commit's hash. */
  readonly id: string;
  /** As its author wrote it: any text. */
  readonly message: string;
}

/** The commits between the image that an environment has and the one that replaces it. */
export interface ImageContents {
  readonly to: KnownBuild;
  /** The build of the image that the environment has. */
  readonly from?: KnownBuild;
  /** The newest first; absent if unknown. */
  readonly changes?: readonly SourceChange[];
}
