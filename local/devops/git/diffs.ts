import type { GitCommitDiffs } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { json } from '../server/reply.ts';
import { countChanges, listChanges } from './changes.ts';
import { repositoryResource } from './git-resource.ts';
import { countAheadBehind, mergeBases } from './history.ts';
import { resolveVersion, versionFromQuery } from './version.ts';

const defaultTop = 100;

/** The differences between two versions; with `diffCommonCommit`, between the target and the merge base. */
export const diffs = repositoryResource({
  id: '615588d5-c0c7-4b88-88f8-e625306446e8',
  name: 'commits',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/diffs/{resource}',
  resourceVersion: 1,
  methods: {
    GET: async ({ query }, repository) => {
      const { bare } = repository;
      const base = await resolveVersion(bare, versionFromQuery(query, 'base', 'baseVersionDescriptor.base'));
      const target = await resolveVersion(bare, versionFromQuery(query, 'target', 'targetVersionDescriptor.target'));
      const [commonCommit] = await mergeBases(bare, base.commitId, target.commitId);
      const from = query.flag('diffCommonCommit') ? commonCommit : base.commitId;
      const changes = await listChanges(repository, from, target.commitId);
      const skip = query.count(0, '$skip');
      const page = changes.slice(skip, skip + query.count(defaultTop, '$top'));
      const { ahead, behind } = await countAheadBehind(bare, base.commitId, target.commitId);
      const body: GitCommitDiffs = {
        allChangesIncluded: skip + page.length >= changes.length,
        changeCounts: countChanges(changes),
        changes: page,
        ...(commonCommit === undefined ? {} : { commonCommit }),
        baseCommit: base.commitId,
        targetCommit: target.commitId,
        aheadCount: ahead,
        behindCount: behind,
      };
      return json(body);
    },
  },
});
