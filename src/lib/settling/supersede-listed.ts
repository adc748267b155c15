import type { DeploymentStore, ListedChange } from '../deployments/store.ts';
import { Failure } from '../model/failure.ts';
import type { Deployment } from '../model/deployment.ts';
import { imageName } from '../model/image-reference.ts';
import { mayBeSettled } from '../model/is-open.ts';
import type { Log } from '../model/log.ts';
import { rankOf } from '../model/progress.ts';
import { writtenEnvironment } from '../values/written-environment.ts';
import { applyProgress } from './apply-progress.ts';
import { evaluate } from './evaluate.ts';
import type { EvaluateDeps } from './evaluate.ts';
import type { ApplicationResult } from './application-result.ts';
import { logSettled } from './settle-deployment.ts';
import type { OpenRow } from './settle-store.ts';

export interface SupersedeListedDeps extends EvaluateDeps {
  readonly store: Partial<Pick<DeploymentStore, 'replaceListed'>>;
}

/** Fewer records are settled one by one, with their effects in the invocation of the result. */
const fewest = 10;

/**
 * Settles the records of a page that a result supersedes, many in one request.
 *
 * Their effects are queued, 50 records in a message. There are up to 1,000 records, and the effects of each read the store and
 * post statuses. In the invocation of the result they would hold one of its 8 places for long, and later results would wait
 * behind the queue. No gate waits for these messages: the newer deployment, which the same result changes, evaluates the
 * gates that have found an older one.
 *
 * @returns the keys of the rows that are done; the others are settled one by one
 */
export async function supersedeListed(
  rows: readonly OpenRow[],
  reported: ApplicationResult,
  log: Log,
  deps: SupersedeListedDeps,
): Promise<ReadonlySet<string>> {
  const { store } = deps;
  if (!store.replaceListed || rows.length < fewest) return new Set();
  await learnCommits(rows, reported, deps);
  const groups = new Map<string, OpenRow[]>();
  for (const row of rows) {
    const name = groupOf(row.deployment);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  const changes = (await Promise.all([...groups.values()].map((group) => changesOf(group, reported, deps)))).flat();
  if (changes.length < fewest) return new Set();
  const written = await store.replaceListed(reported.application, changes);
  const done = changes.filter((_, index) => written[index]);
  for (const { listed, next } of done) if (listed.state !== next.state) logSettled(next, reported.application, log);
  return new Set(done.map(({ rowKey }) => rowKey));
}

/** Asks the Git host once for all commits that the revisions of the result may hold. */
async function learnCommits(
  rows: readonly OpenRow[],
  { application, result }: ApplicationResult,
  { findEnvironment, factsOf, revisions }: SupersedeListedDeps,
): Promise<void> {
  const byRepository = new Map<string, string[]>();
  for (const { deployment } of rows) {
    const { commit, progress, update } = deployment;
    const known = progress?.[application];
    if (commit === undefined || (known && rankOf(known) >= rankOf({ state: 'superseded' }))) continue;
    const environment = await unlessFailed(() => findEnvironment(update));
    if (!environment) continue;
    const { repository } = writtenEnvironment(environment, deployment);
    byRepository.set(repository, [...(byRepository.get(repository) ?? []), commit]);
  }
  for (const [repository, commits] of byRepository) {
    const { compared, operated } = factsOf(result, repository);
    for (const revision of new Set([...compared, ...operated]))
      await unlessFailed(() => revisions.learn(repository, commits, revision));
  }
}

/** A failure counts where each record is settled by itself. */
async function unlessFailed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Deployments that replace each other. */
function groupOf({ update: { route, environment, image } }: Deployment): string {
  return JSON.stringify([route, environment, imageName(image)]);
}

/**
 * The changes of a group, the newest first. After the comparison of one of them, it or its successor replaces the older
 * ones of the same place. The Git host is not asked for the value at each commit.
 */
async function changesOf(
  group: readonly OpenRow[],
  reported: ApplicationResult,
  deps: SupersedeListedDeps,
): Promise<readonly ListedChange[]> {
  const changes: ListedChange[] = [];
  for (const [index, row] of group.entries()) {
    const { change, isCompared } = await changeOf(row, reported, deps);
    if (change) changes.push(change);
    if (!isCompared) continue;
    const older = group.slice(index + 1);
    const same = older.slice(0, await countSamePlace(row.deployment, older, deps));
    const found = await Promise.all(
      same.map((one) => changeOf(one, reported, withOwnValue(one.deployment, reported, deps))),
    );
    return [...changes, ...found.flatMap(({ change }) => change ?? [])];
  }
  return changes;
}

/**
 * How many rows, from the newest on, wrote to the place of the one that was compared: a route can change its file or path
 * between two deployments. Mostly the oldest did, and then all did.
 */
async function countSamePlace(
  compared: Deployment,
  rows: readonly OpenRow[],
  deps: SupersedeListedDeps,
): Promise<number> {
  const wroteHere = async (row: OpenRow | undefined): Promise<boolean> =>
    row !== undefined && (await unlessFailed(() => isSamePlace(compared, row.deployment, deps))) === true;
  if (rows.length === 0 || (await wroteHere(rows.at(-1)))) return rows.length;
  let low = 0;
  for (let high = rows.length - 1; low < high;) {
    const middle = Math.floor((low + high) / 2);
    if (await wroteHere(rows[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether two deployments wrote to one place; if a record has none, whether that of the route held its value. */
async function isSamePlace(
  compared: Deployment,
  { update, commit, repository, edits }: Deployment,
  { findEnvironment, revisions }: SupersedeListedDeps,
): Promise<boolean> {
  const environment = await findEnvironment(update);
  if (environment && edits !== undefined && compared.edits !== undefined) {
    const place = writtenEnvironment(environment, compared);
    return writtenEnvironment(place, { edits, ...(repository !== undefined && { repository }) }) === place;
  }
  if (!environment || commit === undefined) return false;
  return (await revisions.valueAt({ update, environment }, commit)) === 'own';
}

function withOwnValue(
  { commit }: Deployment,
  { result: { sync, operation } }: ApplicationResult,
  deps: SupersedeListedDeps,
): SupersedeListedDeps {
  const { revisions } = deps;
  const reported = new Set([...sync.revisions, ...(operation?.revisions ?? [])]);
  const valueAt: typeof revisions.valueAt = (resolved, revision) =>
    revision === commit && !reported.has(revision) ? Promise.resolve('own') : revisions.valueAt(resolved, revision);
  return { ...deps, revisions: { ...revisions, valueAt } };
}

/** @returns the change, and whether the revision was compared with the value of the deployment */
async function changeOf(
  { rowKey, etag, deployment }: OpenRow,
  reported: ApplicationResult,
  deps: SupersedeListedDeps,
): Promise<{ readonly change?: ListedChange; readonly isCompared?: boolean }> {
  // A list omits diffs, and a record with `changes` may have one.
  if (etag === undefined || deployment.changes !== undefined || !mayBeSettled(deployment)) return {};
  const evaluation = await unlessFailed(() => evaluate(deployment, reported, deps));
  if (!evaluation) return {};
  const isCompared = evaluation.progress.revision !== undefined;
  if (evaluation.checkAt !== undefined) return { isCompared };
  const { application, isLast } = reported;
  const next = applyProgress(deployment, application, evaluation.progress, deps.now(), isLast);
  const isSuperseded = next?.state === 'superseded';
  return { isCompared, ...(isSuperseded && { change: { rowKey, etag, listed: deployment, next } }) };
}
