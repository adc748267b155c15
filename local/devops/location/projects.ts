import { list, json } from '../server/reply.ts';
import type { HostedRepository, Platform } from '../server/platform.ts';
import type { Resource } from '../server/resource.ts';

/** The projects of an organization, or one by name or id ("Core - Projects" in the REST reference). */
export const projects: Resource = {
  id: '603fe2ac-9723-48b9-88ad-09305aa6c6e1',
  area: 'core',
  name: 'projects',
  routeTemplate: '_apis/{resource}/{projectId}',
  resourceVersion: 4,
  methods: {
    GET: async ({ platform, organization, route }) => {
      const described = platform.repositoriesOf(organization, route.projectId).map((one) => describe(platform, one));
      if (route.projectId !== undefined) return json(described[0]);
      return list(described.filter(({ id }, index) => described.findIndex((other) => other.id === id) === index));
    },
  },
};

function describe(platform: Platform, { organization, project, projectId }: HostedRepository) {
  const url = `${platform.organizationUrl(organization)}/_apis/projects/${projectId}`;
  return { id: projectId, name: project, url, state: 'wellFormed', revision: 1, visibility: 'private' };
}
