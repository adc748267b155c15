import { list } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { isSameName } from '../server/same-name.ts';

/** "Minimum number of reviewers", the policy that this emulator has. */
const minimumReviewers = 'fa4e907d-c16b-4a4c-9dfa-4906e5d171dd';

/** Policies of repositories, or of one of their branches ("Git - Policy Configurations" in the REST reference). */
export const policyConfigurations: Resource = {
  id: '2c420070-a0a2-49cc-9639-c9f271c5ff07',
  area: 'git',
  name: 'configurations',
  routeTemplate: '{project}/_apis/{area}/policy/{resource}',
  resourceVersion: 1,
  methods: {
    GET: async ({ platform, organization, project, query }) => {
      const repositoryId = query.text('repositoryId');
      const ref = query.text('refName');
      const found = platform
        .repositoriesOf(organization, project)
        .filter(({ id }) => repositoryId === undefined || isSameName(id, repositoryId))
        .flatMap(({ id, policies }) => policies.map((policy) => ({ id, ...policy })))
        .filter(({ branch }) => ref === undefined || ref === `refs/heads/${branch}`);
      return list(
        found.map(({ id, branch, minimumApprovals = 1 }, index) => ({
          id: index + 1,
          isEnabled: true,
          isBlocking: true,
          isDeleted: false,
          type: { id: minimumReviewers, displayName: 'Minimum number of reviewers' },
          settings: {
            minimumApproverCount: minimumApprovals,
            scope: [{ repositoryId: id, refName: `refs/heads/${branch}`, matchKind: 'Exact' }],
          },
        })),
      );
    },
  },
};
