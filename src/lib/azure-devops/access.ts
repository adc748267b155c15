import { makeOnce } from '../async/once.ts';
import { z } from 'zod';
import type { DevOpsConnection } from './connections.ts';
import { askJson } from './json.ts';

/** Permissions that can be asked about, with their bits ("Security namespace and permission reference"). */
export const gitPermissions = {
  Read: 2,
  Contribute: 4,
  'Create branch': 16,
  'Bypass policies when pushing': 128,
  'Contribute to pull requests': 16_384,
} as const;
export const buildPermissions = { 'View builds': 1, 'Edit build quality': 2 } as const;

export type GitPermission = keyof typeof gitPermissions;
export type BuildPermission = keyof typeof buildPermissions;

const namespaces = {
  git: '2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87',
  build: '33344d9c-fc72-4d6f-aba5-fa317101a7e9',
} as const;

const userSchema = z.object({
  authenticatedUser: z.object({ id: z.string(), providerDisplayName: z.string().nullish() }),
});
const projectSchema = z.object({ id: z.string(), name: z.string() });
const repositorySchema = z.object({ id: z.string(), name: z.string(), project: projectSchema });
const policiesSchema = z.object({
  value: z.array(
    z.object({
      isEnabled: z.boolean(),
      isBlocking: z.boolean(),
      isDeleted: z.boolean().default(false),
      type: z.object({ displayName: z.string().default('a policy') }),
      /** A scope with a ref is a branch policy; those without are rules for what is pushed. */
      settings: z.object({ scope: z.array(z.object({ refName: z.string().nullish() })).default([]) }),
    }),
  ),
});
const grantedSchema = z.object({ value: z.array(z.boolean()) });

export type RepositoryIds = z.infer<typeof repositorySchema>;

/** Requests for the identity of a sign-in to a collection, and for its permissions. Nothing is written. */
export interface DevOpsAccess {
  /** Name of who has signed in. */
  user(): Promise<string>;
  project(nameOrId: string): Promise<{ readonly id: string; readonly name: string }>;
  repository(project: string, name: string): Promise<RepositoryIds>;
  /** Whether the identity has a permission on a repository, or on one of its branches. */
  mayGit(repository: RepositoryIds, permission: GitPermission, branch?: string): Promise<boolean>;
  mayBuild(projectId: string, permission: BuildPermission): Promise<boolean>;
  /** Names of the policies by which a branch changes by pull requests only. */
  branchPolicies(repository: RepositoryIds, branch: string): Promise<readonly string[]>;
}

/**
 * Each method throws a `Failure`; the same question is asked once in the life of the process. The versions are those of
 * Azure DevOps Server 2019, which all later ones and the service know.
 */
export function makeDevOpsAccess({ endpoint, http }: DevOpsConnection): DevOpsAccess {
  const once = makeOnce();

  function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const url = `${endpoint}/${path}`;
    return once(url, () => askJson(http, { method: 'GET', url }, schema));
  }

  /** "Security - Permissions - Has Permissions" of the REST reference evaluates the caller's own permissions. */
  async function may(namespace: string, bit: number, token: string): Promise<boolean> {
    const query = new URLSearchParams({ tokens: token, alwaysAllowAdministrators: 'false', 'api-version': '5.0' });
    const { value } = await get(`_apis/permissions/${namespace}/${bit}?${query.toString()}`, grantedSchema);
    return value[0] === true;
  }

  return {
    async user() {
      const { authenticatedUser } = await get('_apis/connectionData?api-version=5.0-preview.1', userSchema);
      return authenticatedUser.providerDisplayName ?? authenticatedUser.id;
    },
    project: (name) => get(`_apis/projects/${encodeURIComponent(name)}?api-version=5.0`, projectSchema),
    repository: (project, name) =>
      get(
        `${encodeURIComponent(project)}/_apis/git/repositories/${encodeURIComponent(name)}?api-version=5.0`,
        repositorySchema,
      ),
    mayGit: ({ id, project }, permission, branch) =>
      may(namespaces.git, gitPermissions[permission], gitToken(project.id, id, branch)),
    mayBuild: (projectId, permission) => may(namespaces.build, buildPermissions[permission], projectId),
    async branchPolicies({ id, project }, branch) {
      const query = new URLSearchParams({ repositoryId: id, refName: `refs/heads/${branch}` });
      query.set('api-version', '5.0-preview.1');
      const path = `${project.id}/_apis/git/policy/configurations?${query.toString()}`;
      const { value } = await get(path, policiesSchema);
      return value
        .filter(({ isEnabled, isBlocking, isDeleted }) => isEnabled && isBlocking && !isDeleted)
        .filter(({ settings }) => settings.scope.some(({ refName }) => (refName ?? '') !== ''))
        .map(({ type }) => type.displayName);
    },
  };
}

/** In its token, a branch's name is the hexadecimal UTF-16 of each of its segments. */
function gitToken(projectId: string, repositoryId: string, branch: string | undefined): string {
  const repository = `repoV2/${projectId}/${repositoryId}`;
  if (branch === undefined) return repository;
  const segments = branch.split('/').map((segment) => Buffer.from(segment, 'utf16le').toString('hex'));
  return `${repository}/refs/heads/${segments.join('/')}`;
}
