import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';

/** What is needed of an environment to show how its deployments stand. */
export interface ShownEnvironment extends Pick<
  Environment,
  'name' | 'repository' | 'application' | 'delivery' | 'statuses'
> {
  /** No route has it any more: what was shown is brought to its end, and nothing else is shown. */
  readonly isGone?: boolean;
}

/** A deployment with its environment as the routes of the moment have it. */
export interface Member {
  readonly deployment: Deployment;
  readonly environment: ShownEnvironment;
}
