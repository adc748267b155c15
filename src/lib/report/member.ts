import type { Deployment } from '../deployments/deployment.ts';
import type { Environment } from '../routes/route.ts';

/** A deployment with its environment as the routes of the moment have it. */
export interface Member {
  readonly deployment: Deployment;
  readonly environment: Environment;
}
