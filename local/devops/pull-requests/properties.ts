import { repositoryResource } from '../git/git-resource.ts';
import { readJsonPatch } from '../server/json-patch.ts';
import { toPropertyValue } from '../server/property-value.ts';
import { json } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { findPullRequest } from './find.ts';
import type { PullRequest } from './pull-request.ts';

/** The properties that services store on a pull request. */
export const pullRequestProperties = repositoryResource({
  id: '48a52185-5b9e-4736-9dc1-bb1e2feac80b',
  name: 'properties',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/pullRequests/{pullRequestId}/{resource}',
  resourceVersion: 1,
  methods: {
    GET: async (call, repository) => describe(await findPullRequest(call, repository)),
    PATCH: async (call, repository) => {
      const operations = await readJsonPatch(call);
      const found = await findPullRequest(call, repository);
      const properties = new Map(Object.entries(found.properties));
      for (const { op, key, value } of operations) {
        if (op === 'remove') properties.delete(key);
        else properties.set(key, toPropertyValue(value, key));
      }
      const changed = { ...found, properties: Object.fromEntries(properties) };
      repository.pullRequests.change(found.pullRequestId, (current) => ({
        ...current,
        properties: changed.properties,
      }));
      return describe(changed);
    },
  },
});

function describe({ properties }: PullRequest): Reply {
  return json({ count: Object.keys(properties).length, value: properties });
}
