import type { Deployment } from '../model/deployment.ts';
import type { FileEdit } from '../model/file-edit.ts';
import type { Environment } from '../routes/route.ts';

/**
 * An environment with the repository and the edits of a deployment, which the route can have changed since. The same object
 * if it has not, or if the record is of a version that did not store them.
 */
export function writtenEnvironment(
  environment: Environment,
  { repository, edits }: Pick<Deployment, 'repository' | 'edits'>,
): Environment {
  if (edits === undefined || repository === undefined) return environment;
  const isSame = repository === environment.repository && textOf(edits) === textOf(environment.update);
  return isSame ? environment : { ...environment, repository, update: edits };
}

/** Without the kind of the pushed artifact, which routes do not name. */
function textOf(edits: readonly FileEdit[]): string {
  return JSON.stringify(edits, (key, value: unknown) => (key === 'artifact' ? undefined : value));
}
