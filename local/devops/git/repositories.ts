import type { GitRepository } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { ProjectVisibility } from 'azure-devops-node-api/interfaces/CoreInterfaces.js';
import { askedVersion } from '../server/api-version.ts';
import { latestVersion } from '../server/resource.ts';
import type { HostedRepository, Platform } from '../server/platform.ts';
import { json, list } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';

/** The repositories of an organization or project, or one of them. */
export const repositories: Resource = {
  id: '225f7195-f9c7-4d14-ab28-a83f7ff77e1f',
  area: 'git',
  name: 'repositories',
  routeTemplate: '{project}/_apis/{area}/{resource}/{repositoryId}',
  resourceVersion: 2,
  methods: {
    GET: async ({ platform, organization, project, route, query, headers }) => {
      const version = Number.parseFloat(askedVersion({ query, headers }) ?? `${latestVersion}`);
      const describe = async (one: HostedRepository) => ofVersion(version, await describeRepository(platform, one));
      if (route.repositoryId === undefined) {
        const found = platform.repositoriesOf(organization, project);
        return list(await Promise.all(found.map(describe)));
      }
      const repository = platform.findRepository(organization, project, route.repositoryId);
      return json(await describe(repository));
    },
  },
};

/** Versions before 5.1 have no `webUrl`, and those before 6.0 no `isDisabled` (REST reference of each version). */
function ofVersion(version: number, { webUrl, isDisabled, ...rest }: GitRepository): GitRepository {
  return { ...rest, ...(version >= 5.1 && { webUrl }), ...(version >= 6 && { isDisabled }) };
}

async function describeRepository(platform: Platform, repository: HostedRepository): Promise<GitRepository> {
  const { id, name, project, projectId, apiUrl, remoteUrl, bare, organization } = repository;
  const defaultBranch = await bare.readDefaultBranch();
  const isEmpty = defaultBranch === undefined || (await bare.readRef(defaultBranch)) === undefined;
  return {
    id,
    name,
    url: apiUrl,
    project: {
      id: projectId,
      name: project,
      url: `${platform.organizationUrl(organization)}/_apis/projects/${projectId}`,
      state: 'wellFormed',
      visibility: ProjectVisibility.Private,
    },
    ...(isEmpty ? {} : { defaultBranch }),
    remoteUrl,
    webUrl: remoteUrl,
    isDisabled: false,
  };
}
