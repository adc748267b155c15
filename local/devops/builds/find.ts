import type { Call } from '../server/call.ts';
import { ServiceError } from '../server/service-error.ts';
import type { Build } from './build.ts';
import { isSameName } from '../server/same-name.ts';

/** The builds of the project, or of the organization, that a URL names. Throws 404 for an unknown project. */
export function buildsOf({ platform, organization, project }: Call): readonly Build[] {
  const all = platform.builds.all().filter((build) => isSameName(build.organization, organization));
  if (project === undefined) return all;
  const found = all.filter((build) => isSameName(build.project, project) || isSameName(build.projectId, project));
  // A project may have builds without a repository here; one with neither is unknown.
  if (found.length === 0) platform.repositoriesOf(organization, project);
  return found;
}

/** The build that a route names. Throws 404 where the project has no such build. */
export function findBuild(call: Call): Build {
  const id = call.route.buildId ?? '';
  const found = buildsOf(call).find((build) => String(build.id) === id);
  if (found) return found;
  throw new ServiceError('BuildNotFoundException', `The requested build ${id} could not be found.`);
}
