import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import type { Reply } from '../server/reply.ts';
import type { Method, Resource } from '../server/resource.ts';

/** The parts of a request to a repository that its answer needs. */
export type RepositoryHandler = (call: Call, repository: HostedRepository) => Promise<Reply>;

interface RepositoryResource extends Omit<Resource, 'area' | 'methods'> {
  readonly methods: Partial<Record<Method, RepositoryHandler>>;
}

/** A resource of one repository: the handlers get the repository that the route names. */
export function repositoryResource({ methods, ...resource }: RepositoryResource): Resource {
  const bound = Object.entries(methods).map(([method, handler]) => [
    method,
    (call: Call) => {
      const nameOrId = call.route.repositoryId ?? call.route.repositoryNameOrId ?? '';
      return handler(call, call.platform.findRepository(call.organization, call.project, nameOrId));
    },
  ]);
  return { ...resource, area: 'git', methods: Object.fromEntries(bound) };
}
