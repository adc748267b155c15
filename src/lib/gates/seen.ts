/** A fact about a deployment that a gate lacks. */
export interface Seen {
  /** For people. */
  readonly text: string;
  /** When the image was pushed, ISO 8601; absent without a push. */
  readonly at?: string;
  /** Present if the deployment cannot appear as long as routes and files stay the same. */
  readonly never?: {
    /** When a delivery found this, ISO 8601; absent if it follows from the routes. */
    readonly since?: string;
    /** The tag names one image after the other, so a later push can differ. */
    readonly isMovingTag: boolean;
    /** The route left the routes. An instance reads them every 15 s, so another one can have a new route first. */
    readonly isGone?: true;
  };
}
