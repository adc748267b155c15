import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { ShownEnvironment } from './member.ts';

/**
 * The environment of a deployment by the present routes. If it was removed, the environment by the record, so that posted
 * statuses end. `undefined` if the record has no repository.
 */
export async function environmentOf(
  { update, repository = '', applications = [] }: Deployment,
  findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>,
): Promise<ShownEnvironment | undefined> {
  const environment = await findEnvironment(update);
  if (environment || repository === '') return environment;
  return {
    name: update.environment,
    repository,
    application: applications,
    delivery: 'commit',
    statuses: { source: true },
    isGone: true,
  };
}
