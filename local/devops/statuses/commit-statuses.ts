import { existingCommit } from '../git/commit-ref.ts';
import { repositoryResource } from '../git/git-resource.ts';
import { readJson } from '../server/json-body.ts';
import { json, list } from '../server/reply.ts';
import { describeStatus, latestOfEach, readStatus, statusBodySchema } from './status.ts';

const defaultPage = 1000;

/** The statuses of a commit. Each post adds one; for each context the latest counts. */
export const commitStatuses = repositoryResource({
  id: '428dd4fb-fda5-4722-af02-9313b80305da',
  name: 'statuses',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/commits/{commitId}/{resource}',
  resourceVersion: 2,
  methods: {
    GET: async (call, repository) => {
      const { route, query } = call;
      const commit = route.commitId?.toLowerCase() ?? '';
      await existingCommit(repository, commit);
      const all = repository.statuses.of(commit);
      const found = query.flag('latestOnly') ? latestOfEach(all) : all;
      const skip = query.count(0, 'skip', '$skip');
      const page = found.slice(skip, skip + query.count(defaultPage, 'top', '$top'));
      return list(page.map((status) => describeStatus(call, status)));
    },
    POST: async (call, repository) => {
      const commit = call.route.commitId?.toLowerCase() ?? '';
      const body = await readJson(call, statusBodySchema);
      await existingCommit(repository, commit);
      const status = repository.statuses.add(commit, (id) => readStatus(call, id, body));
      return json(describeStatus(call, status), 201);
    },
  },
});
