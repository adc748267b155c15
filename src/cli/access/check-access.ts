import type { DevOpsAccess, RepositoryIds } from '../../lib/azure-devops/access.ts';
import { Failure } from '../../lib/model/failure.ts';
import { atMost } from '../../lib/async/at-most.ts';
import { finding, type Finding } from '../finding.ts';
import type { Services } from '../services.ts';
import type { AccessNeeds, BuildNeed, RepositoryNeed } from './access-needs.ts';

/** Findings about one place of Azure DevOps. */
export interface PlaceFindings {
  /** URL of the collection, repository or project. */
  readonly place: string;
  readonly findings: readonly Finding[];
}

const atOnce = 4;

/** Checks the permissions of the identity against the needs of the routes, without a write. */
export async function checkAccess(
  { repositories, builds }: AccessNeeds,
  services: Pick<Services, 'access' | 'open'>,
): Promise<readonly PlaceFindings[]> {
  const collections = [
    ...new Set([
      ...repositories.map(({ address }) => address.collection),
      ...builds.map(({ collection }) => collection),
    ]),
  ];
  const found = await atMost(1, collections, async (collection) => {
    const signIn = await finding(
      'sign-in',
      async () => ({ state: 'ok', detail: `as ${await services.access(collection).user()}` }),
      () => 'az login, or set AZURE_DEVOPS_PAT to a token that has not expired',
    );
    const places: PlaceFindings[] = [{ place: collection, findings: [signIn] }];
    // Everything below would fail for the same reason.
    if (signIn.state === 'failed') return places;
    const access = services.access(collection);
    const ofCollection = repositories.filter(({ address }) => address.collection === collection);
    places.push(
      ...(await atMost(atOnce, ofCollection, (need) => checkRepository(need, access, services))),
      ...(await atMost(
        atOnce,
        builds.filter((need) => need.collection === collection),
        (need) => checkBuilds(need, access),
      )),
    );
    return places;
  });
  return found.flat();
}

async function checkRepository(
  { address, permissions, committed }: RepositoryNeed,
  access: DevOpsAccess,
  { open }: Pick<Services, 'open'>,
): Promise<PlaceFindings> {
  const { url, project, repository: name } = address;
  let ids: RepositoryIds | undefined;
  const repository = await finding('repository', async () => {
    ids = await access.repository(project, name);
    return { state: 'ok', detail: 'can be read' };
  });
  if (!ids) return { place: url, findings: [repository] };
  const known = ids;
  const branches = [...committed];
  const tips = await atMost(atOnce, branches, (branch) =>
    finding('branch', async () => {
      const tip = await open(url).tip(branch);
      return { state: 'ok', detail: `${tip.branch} is at ${tip.commit.slice(0, 10)}` };
    }),
  );
  const security = `Project settings → Repositories → ${name} → Security, for the app's identity`;
  const granted = await atMost(atOnce, [...permissions], ([permission, reason]) =>
    asked(permission, reason, () => access.mayGit(known, permission), `${permission}: Allow, in ${security}`),
  );
  const reachable = branches.filter((_, index) => tips[index]?.state === 'ok');
  const policies = await atMost(atOnce, reachable, (branch) => checkPolicies({ branch, url }, known, access, { open }));
  return { place: url, findings: [repository, ...tips, ...granted, ...policies] };
}

/** Whether a branch takes pushes: what it wants, and who may bypass that. */
async function checkPolicies(
  { branch, url }: { readonly branch: string | undefined; readonly url: string },
  ids: RepositoryIds,
  access: DevOpsAccess,
  { open }: Pick<Services, 'open'>,
): Promise<Finding> {
  const what = 'policies';
  try {
    const { branch: name } = await open(url).tip(branch);
    const policies = await access.branchPolicies(ids, name);
    if (policies.length === 0) return { what, state: 'ok', detail: `none demands pull requests on ${name}` };
    const detail = `${name} changes by pull requests only (${policies.join(', ')})`;
    if (await access.mayGit(ids, 'Bypass policies when pushing', name)) {
      return { what, state: 'ok', detail: `${detail}, which may be bypassed` };
    }
    const fix = `delivery: pull-request, or Bypass policies when pushing: Allow, on ${name} for the app's identity`;
    return { what, state: 'failed', detail, fix };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { what, state: 'unknown', detail: `could not be read: ${error.message}` };
  }
}

async function checkBuilds(
  { collection, project, permissions }: BuildNeed,
  access: DevOpsAccess,
): Promise<PlaceFindings> {
  const place = `${collection}/${encodeURIComponent(project)}`;
  let id: string | undefined;
  const found = await finding('project', async () => {
    ({ id } = await access.project(project));
    return { state: 'ok', detail: 'can be read' };
  });
  if (id === undefined) return { place, findings: [found] };
  const projectId = id;
  const granted = await atMost(atOnce, [...permissions], ([permission, reason]) =>
    asked(
      permission,
      reason,
      () => access.mayBuild(projectId, permission),
      `${permission}: Allow, in Pipelines → ⋮ → Manage security of ${project}, for the app's identity`,
    ),
  );
  return { place, findings: [found, ...granted] };
}

/** Not everybody may ask about permissions. */
async function asked(what: string, reason: string, ask: () => Promise<boolean>, fix: string): Promise<Finding> {
  try {
    return (await ask())
      ? { what, state: 'ok', detail: 'granted' }
      : { what, state: 'failed', detail: `is not granted: ${reason}`, fix };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { what, state: 'unknown', detail: `could not be asked about: ${error.message}` };
  }
}
