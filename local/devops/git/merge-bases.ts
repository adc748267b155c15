import { list } from '../server/reply.ts';
import { invalidArgument } from '../server/service-error.ts';
import { existingCommit, listCommits } from './commit-ref.ts';
import { repositoryResource } from './git-resource.ts';
import { mergeBases } from './history.ts';

/** The merge base of two commits: the first commit itself where it is an ancestor of the other. */
export const mergeBasesResource = repositoryResource({
  id: '7cf2abb6-c964-4f7e-9872-f78c66e72e9c',
  name: 'mergeBases',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryNameOrId}/commits/{commitId}/{resource}',
  resourceVersion: 1,
  methods: {
    GET: async ({ route, query }, repository) => {
      const other = query.text('otherCommitId')?.toLowerCase();
      if (other === undefined) throw invalidArgument('Name the commit to compare with.', 'otherCommitId');
      const id = route.commitId?.toLowerCase() ?? '';
      await Promise.all([existingCommit(repository, id), existingCommit(repository, other)]);
      return list(await listCommits(repository, await mergeBases(repository.bare, id, other)));
    },
  },
});
