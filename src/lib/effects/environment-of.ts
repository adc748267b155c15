import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { ShownEnvironment } from './member.ts';

/**
 * The environment of a deployment as the routes of the moment have it, else what its record knows of the one that is
 * gone: what was shown of it is brought to its end. `undefined` where the record does not know its repository.
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
