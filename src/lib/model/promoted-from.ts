/** A source that lets an image go on. */
export interface PromotedFrom {
  readonly environment: string;
  /** Since when the image has been healthy there, ISO 8601. */
  readonly since: string;
}
