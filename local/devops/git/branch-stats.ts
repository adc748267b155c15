import type { GitBranchStats } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { HostedRepository } from '../server/platform.ts';
import { json, list } from '../server/reply.ts';
import { ServiceError } from '../server/service-error.ts';
import { commitInList } from './commit-ref.ts';
import { repositoryResource } from './git-resource.ts';
import { countAheadBehind } from './history.ts';
import { resolveVersion, versionFromQuery } from './version.ts';
import type { Version } from './version.ts';

const heads = 'refs/heads/';

/** How far branches are ahead of and behind a base, by default the default branch. */
export const branchStats = repositoryResource({
  id: 'd5b216de-d8d5-4d32-ae76-51df755b16d3',
  name: 'branches',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/stats/{resource}/{*name}',
  resourceVersion: 2,
  methods: {
    GET: async ({ query, route }, repository) => {
      const base = await resolveVersion(repository.bare, versionFromQuery(query, 'baseVersionDescriptor.'));
      const name = query.text('name') ?? route.name;
      if (name !== undefined) return json(await statsOf(repository, base, name));
      const branches = await repository.bare.listRefs(heads);
      return list(await Promise.all(branches.map((ref) => statsOf(repository, base, ref.name.slice(heads.length)))));
    },
  },
});

async function statsOf(repository: HostedRepository, base: Version, name: string): Promise<GitBranchStats> {
  const { bare } = repository;
  const objectId = await bare.readRef(`${heads}${name}`);
  const commit = objectId === undefined ? undefined : await bare.readCommit(objectId);
  if (objectId === undefined || commit === undefined) {
    throw new ServiceError('GitUnresolvableToCommitException', `TF401175: The branch '${name}' does not exist.`);
  }
  const { ahead, behind } = await countAheadBehind(bare, base.commitId, objectId);
  return {
    commit: commitInList(repository, objectId, commit),
    name,
    aheadCount: ahead,
    behindCount: behind,
    isBaseVersion: objectId === base.commitId,
  };
}
