import { skipDamaged } from '../deployments/skip-invalid.ts';
import type { DeploymentStore, EnvironmentKey } from '../deployments/store.ts';
import { revisionsOf } from '../intake/sync-result-revisions.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Repositories } from '../git/repositories.ts';
import type { Deployment } from '../model/deployment.ts';
import { imageName } from '../model/image-reference.ts';
import type { Log } from '../model/log.ts';
import { routeBranch } from '../model/source-branch-name.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import type { Environment, RouteTable } from '../routes/route.ts';
import { tryInspect } from '../values/held-value.ts';
import type { OpenedFile } from '../values/inspect.ts';
import { isUpToDate } from '../values/inspect.ts';
import { readFiles } from '../values/read-files.ts';
import { healthOf } from './applications-health.ts';
import type { ApplicationsHealth } from './applications-health.ts';
import { decidePromotions } from './decide-promotions.ts';
import type { DecidePromotionsDeps } from './decide-promotions.ts';
import { healthyTime } from './healthy-time.ts';
import { listRecords } from './list-records.ts';
import { continueSoak } from './soak.ts';
import { longestOf, staysOf } from './stays.ts';
import { hasPromotions, promotionsFrom } from './targets.ts';

/** The last result of an application, and the one that promotions were last decided by. */
export interface FollowedResult {
  readonly result: SyncResult;
  /** `healthVersion` of the result that was followed last. */
  readonly followed?: string;
}

export interface FollowResultDeps extends Omit<DecidePromotionsDeps, 'store'> {
  readonly store: Pick<DeploymentStore, 'find' | 'findMark' | 'findSourceBranch' | 'update'>;
  readonly results: {
    readonly lastResult: (application: string) => Promise<FollowedResult | undefined>;
    /** Routes and environments that ever had a record for an application. */
    readonly users: (application: string) => Promise<readonly EnvironmentKey[]>;
    readonly recordFollowed: (application: string, followed: string) => Promise<void>;
  };
  readonly repositories: Pick<Repositories, 'open'>;
  readonly collections: readonly string[];
}

/** Identifies all in a result that promotions depend on. */
function healthVersion({ sync, health, operation }: SyncResult): string {
  const { status, lastTransitionTime } = health;
  return JSON.stringify([sync.revisions, status, lastTransitionTime, operation?.phase]);
}

/**
 * Decides promotions by the last result of an application, also where it changes no record: after a recovery, or after a
 * person has put an earlier image back.
 *
 * @param since records that became healthy later were decided with their change
 */
export async function followResult(application: string, since: Date, log: Log, deps: FollowResultDeps): Promise<void> {
  const table = await deps.routes();
  if (!hasPromotions(table)) return;
  const kept = await deps.results.lastResult(application);
  if (!kept) return;
  const version = healthVersion(kept.result);
  if (kept.followed === version) return;
  for (const user of await deps.results.users(application)) {
    await checkProposals(user, table, deps);
    const shown = await findShown(user, kept.result, table, deps);
    if (!shown) continue;
    const results = shown.source.application.map(async (name) =>
      name === application ? kept.result : (await deps.results.lastResult(name))?.result,
    );
    const health = healthOf(await Promise.all(results));
    for (const record of shown.records) {
      await recordSoak(record, shown, health, deps);
      if (health.isHealthy && healthyTime(record) < since.getTime()) await decidePromotions(record, log, deps);
    }
  }
  await deps.results.recordFollowed(application, version);
}

/** Has the open pull requests of promotions from an environment checked: their statuses show its state. */
async function checkProposals(
  { route: name, environment }: EnvironmentKey,
  table: RouteTable,
  { store, repositories, send }: FollowResultDeps,
): Promise<void> {
  const route = routeByName(table, name);
  for (const { environment: target } of route ? promotionsFrom(route, environment) : []) {
    if (target.delivery !== 'pull-request') continue;
    const { key } = repositories.open(target.repository);
    const row = await store.findSourceBranch(`${key}#${routeBranch(name, target.name)}`);
    if (!row?.pullRequest) continue;
    const body = { repository: row.repository, number: row.pullRequest.number };
    await send({ kind: 'pull-request', body });
  }
}

interface Shown {
  readonly source: Environment;
  readonly revision: string;
  /** The healthy records with the value that the revision has. */
  readonly records: readonly Deployment[];
}

/** The healthy records of a source whose value the application shows; `undefined` without a promotion from there. */
async function findShown(
  user: EnvironmentKey,
  result: SyncResult,
  table: RouteTable,
  { store, index, repositories, collections }: FollowResultDeps,
): Promise<Shown | undefined> {
  const mark = await skipDamaged(store.findMark(user));
  if (!mark) return undefined;
  const ofTag = await listRecords(index, user.route, { tag: mark.tag });
  const newest = ofTag.find(({ update }) => update.environment === user.environment);
  const found = newest && table.find(imageName(newest.update.image), user.environment);
  if (!newest || found?.route.name !== user.route) return undefined;
  if (promotionsFrom(found.route, user.environment).length === 0) return undefined;
  const source = found.environment;
  const { key, repository } = repositories.open(source.repository);
  const revision = revisionsOf(result, key, collections).compared.at(-1);
  if (revision === undefined) return undefined;
  const files = await readFiles(repository, revision, [{ environment: source }]);
  const tags = tryInspect({ update: newest.update, environment: source }, files)?.currentTags ?? [];
  const listed = await Promise.all(
    tags.map(async (tag) => (tag === mark.tag ? ofTag : listRecords(index, user.route, { tag }))),
  );
  const records = listed
    .flat()
    .filter(({ update, state }) => update.environment === user.environment && state === 'healthy')
    .filter((record) => holds(record, source, files));
  return { source, revision, records };
}

function holds({ update }: Deployment, environment: Environment, files: ReadonlyMap<string, OpenedFile>): boolean {
  const inspection = tryInspect({ update, environment }, files);
  return inspection !== undefined && isUpToDate(inspection);
}

/** The soak of a record begins, goes on or ends with the health of its applications. */
async function recordSoak(
  record: Deployment,
  { source, revision }: Shown,
  health: ApplicationsHealth,
  { store, repositories }: FollowResultDeps,
): Promise<void> {
  if (!record.health?.soak) return;
  const { repository } = repositories.open(source.repository);
  const stayedMs = async (from: number, to: number): Promise<number> =>
    longestOf(await staysOf({ update: record.update, environment: source }, revision, { from, to }, repository));
  const soak = await continueSoak(record.health.soak, healthyTime(record), health, stayedMs);
  if (!soak) return;
  await store.update(record.update, (current) =>
    current?.health?.soak && JSON.stringify(current.health.soak) === JSON.stringify(record.health?.soak)
      ? { ...current, health: { ...current.health, soak } }
      : undefined,
  );
}
