import type { BuildPermission, GitPermission } from '../../lib/azure-devops/access.ts';
import { parseRepositoryUrl, type AzureReposAddress } from '../../lib/net/repository-url.ts';
import { isHeldBack } from '../../lib/routes/match/is-held-back.ts';
import type { Environment } from '../../lib/routes/route.ts';
import type { RoutesSource } from '../../lib/routes/routes-source.ts';
import { fixed, type UsedEnvironment } from '../used-environments.ts';

/** The permissions of the app's identity on one repository of Azure DevOps, each with its purpose. */
export interface RepositoryNeed {
  readonly address: AzureReposAddress;
  readonly permissions: ReadonlyMap<GitPermission, string>;
  /** Branches that are committed to; `undefined` is the default branch. */
  readonly committed: ReadonlySet<string | undefined>;
}

/** The permissions in one project for builds. */
export interface BuildNeed {
  readonly collection: string;
  readonly project: string;
  readonly permissions: ReadonlyMap<BuildPermission, string>;
}

export interface AccessNeeds {
  readonly repositories: readonly RepositoryNeed[];
  readonly builds: readonly BuildNeed[];
  /** `route environment` of those whose repository follows from the image. */
  readonly open: readonly string[];
}

type Mutable = RepositoryNeed & { permissions: Map<GitPermission, string>; committed: Set<string | undefined> };

/** The permissions in Azure DevOps that the routes and their documents require. Other Git hosts have tokens of their own. */
export function accessNeeds(
  used: readonly UsedEnvironment[],
  collections: readonly string[],
  sources: readonly Pick<RoutesSource, 'repository'>[],
): AccessNeeds {
  const repositories = new Map<string, Mutable>();
  const builds = new Map<string, BuildNeed>();
  const open: string[] = [];
  const at = (url: string): Mutable | undefined => {
    const address = azureRepos(url, collections);
    if (!address) return undefined;
    const known = repositories.get(address.key) ?? { address, permissions: new Map(), committed: new Set() };
    repositories.set(address.key, known);
    return known;
  };
  for (const one of used) {
    const url = fixed(one, ({ repository }) => repository);
    if (url === undefined) {
      open.push(`${one.route} ${one.environment.name}`);
      continue;
    }
    const need = at(url);
    if (need) addDelivery(need, one);
    const built = fixed(one, ({ build }) => build?.repository ?? url);
    const { build, from, statuses } = one.environment;
    if (built === undefined || !(build || from)) continue;
    const source = azureRepos(built, collections) ?? need?.address;
    if (source) {
      const { collection, project } = source;
      const permissions = new Map<BuildPermission, string>([
        ['View builds', 'the build behind an image'],
        ['Edit build quality', 'tags that say on the build how its deployment goes'],
      ]);
      builds.set(`${collection}/${project}`.toLowerCase(), { collection, project, permissions });
    }
    if (statuses.source && build?.repository !== undefined) {
      const permissions = at(built)?.permissions;
      if (permissions?.has('Contribute') === false) permissions.set('Contribute', 'statuses on the source commit');
    }
  }
  for (const source of sources) {
    const permissions = at(source.repository)?.permissions;
    if (permissions?.has('Read') === false) permissions.set('Read', 'routes documents (ROUTES_FROM)');
    if (permissions?.has('Contribute') === false) permissions.set('Contribute', 'the status of routes documents');
  }
  return { repositories: [...repositories.values()], builds: [...builds.values()], open };
}

function addDelivery({ permissions, committed }: Mutable, one: UsedEnvironment): void {
  const { delivery } = one.environment;
  permissions.set('Read', 'every delivery');
  if (delivery === 'observe') return;
  permissions.set('Contribute', 'commits, and statuses on them');
  if (delivery === 'pull-request') {
    permissions.set('Create branch', 'delivery: pull-request');
    const [known = '', purpose] = [permissions.get('Contribute to pull requests'), purposeOf(one.environment)];
    // The longest names all.
    permissions.set('Contribute to pull requests', purpose.length > known.length ? purpose : known);
  }
  const branch = branchOf(one);
  if (delivery === 'commit' && branch !== null) committed.add(branch);
}

/** The uses of the permission in an environment. */
function purposeOf(environment: Environment): string {
  const isCompleted = isHeldBack(environment) && environment.pullRequest?.autoComplete === true;
  return [
    'delivery: pull-request',
    ...(environment.promoteFrom.length > 0 ? ['statuses of promotions'] : []),
    ...(isCompleted ? ['completing them'] : []),
  ].join(', ');
}

/** `null` where it follows from the image. */
function branchOf(one: UsedEnvironment): string | undefined | null {
  const found = fixed(one, ({ branch }: Environment) => [branch]);
  return found ? found[0] : null;
}

function azureRepos(url: string, collections: readonly string[]): AzureReposAddress | undefined {
  const address = parseRepositoryUrl(url, collections);
  return 'kind' in address && address.kind === 'azure-repos' ? address : undefined;
}
