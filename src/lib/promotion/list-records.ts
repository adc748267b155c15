import type { DeploymentFilter, DeploymentIndex } from '../deployments/deployment-index.ts';
import type { Deployment } from '../model/deployment.ts';

/** Records of one route with one tag or digest: one for each environment, digest and replay. */
const limit = 200;

/** The records of a route with a tag, with a digest, or of a source commit. */
export async function listRecords(
  index: Pick<DeploymentIndex, 'list'>,
  route: string,
  image: Pick<DeploymentFilter, 'tag' | 'digest' | 'source'>,
): Promise<readonly Deployment[]> {
  return (await index.list({ route, ...image }, { limit })).deployments;
}
