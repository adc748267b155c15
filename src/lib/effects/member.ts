import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';

/** The fields of an environment that statuses need. */
export interface ShownEnvironment extends Pick<
  Environment,
  'name' | 'repository' | 'application' | 'delivery' | 'statuses'
> {
  /** It was removed from the routes: statuses that are posted end, and no others are posted. */
  readonly isGone?: boolean;
}

/** A deployment with its environment. */
export interface Member {
  readonly deployment: Deployment;
  readonly environment: ShownEnvironment;
}
