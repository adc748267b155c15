import type { FoundApplication } from './applications.ts';
import type { FoundImage } from './found-image.ts';

/** The environment of files that show none. */
export const unknownEnvironment = 'default';

/** Where an image stands, and the environment that its path shows. */
export interface PlacedImage {
  readonly found: FoundImage;
  readonly name: string;
  /** The path, with `{environment}` where the name stands. */
  readonly template: string;
  /** The folder of the environment's name; similar files that differ below it belong to several environments. */
  readonly head: string;
  /** The evidence, for the reader. */
  readonly why: string;
  readonly application?: FoundApplication;
}

export interface Placement {
  readonly placed: readonly PlacedImage[];
  /** Places that no route writes. */
  readonly leftOut: readonly { readonly found: FoundImage; readonly reason: string }[];
  readonly notes: readonly string[];
}
