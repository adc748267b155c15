import type { ScalarChange } from '../yaml/change.ts';
import type { Slot } from '../yaml/place.ts';

/** A place of an Application that names the image. */
export interface Reading {
  /** The scalar that shows it, for messages. */
  readonly at: Slot;
  /** The changes that set it. */
  changes(): readonly ScalarChange[];
}
