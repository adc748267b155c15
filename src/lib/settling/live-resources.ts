import type { FailedResource } from '../model/progress.ts';

/** A resource that is not healthy, with its images. */
export interface BlamedResource extends FailedResource {
  readonly images: readonly string[];
}

/** The resources of an application in the cluster. */
export interface LiveResources {
  readonly degraded: readonly BlamedResource[];
  /** Those that no other resource owns, with the images of their pods. */
  readonly roots: readonly RootResource[];
}

export interface RootResource {
  /** `apps/Deployment shop/api`. */
  readonly resource: string;
  readonly kind: string;
  readonly health: string | undefined;
  readonly images: readonly string[];
}
