import { Failure } from '../../model/failure.ts';
import type { Log } from '../../model/log.ts';
import type { SourceBranch } from '../../model/source-branch.ts';
import { isRollback } from '../../model/tag-update.ts';
import type { OpenRepository } from '../../git/repositories.ts';
import type { Status, Statuses } from '../../git/statuses.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import type { DeliverDeps } from '../delivery.ts';
import { promotionStatuses, statusValue, windowStatus } from './statuses-of-promotion.ts';
import { holdByWindow } from '../windows/hold.ts';

type Deps = Pick<DeliverDeps, 'store' | 'now' | 'freezes' | 'findEnvironment' | 'judgeSources'>;

/** Without an event, the sources are asked again after this time. */
const againAfterMs = 30 * 60_000;

/** Whether the statuses of a promotion's pull request may be out of date. It asks no Git host. */
export async function areStatusesDue(row: SourceBranch, deps: Deps): Promise<boolean> {
  const promotion = await promotionOf(row, deps);
  if (!row.pullRequest || !promotion) return false;
  const { statuses } = row;
  if (!statuses || statuses.head !== row.head || Date.parse(statuses.at) <= deps.now().getTime()) return true;
  const { freezes } = await deps.freezes();
  return statuses.posted['window'] !== statusValue(windowStatus(holdByWindow(promotion, freezes, deps.now())));
}

type Opened = Pick<OpenRepository, 'repository' | 'statuses'> & { readonly key: string };

/** Posts the statuses of a promotion's pull request if the stored row shows that they are due. */
export async function postStatusesIfDue(row: SourceBranch, opened: Opened, log: Log, deps: Deps): Promise<void> {
  const current = await deps.store.findSourceBranch(`${opened.key}#${row.source}`);
  if (current && (await areStatusesDue(current, deps))) await post(current, opened, log, deps);
}

/** The same at once. */
export async function postStatuses(row: SourceBranch, opened: Opened, log: Log, deps: Deps): Promise<void> {
  const current = await deps.store.findSourceBranch(`${opened.key}#${row.source}`);
  if (current) await post(current, opened, log, deps);
}

/**
 * Posts a status for each source of a promotion and one for its window on the open pull request, each once per change and
 * head. They inform people: a plan decides what tagrelay completes.
 *
 * @throws {Failure} a retryable one
 */
async function post(row: SourceBranch, { key, repository, statuses }: Opened, log: Log, deps: Deps): Promise<void> {
  const { pullRequest, head } = row;
  const promotion = await promotionOf(row, deps);
  if (!promotion || !pullRequest || head === undefined || !statuses || !deps.judgeSources) return;
  const tip = await repository.tip(row.target);
  const [judged, { freezes }] = await Promise.all([
    deps.judgeSources([promotion], { tip, repository }),
    deps.freezes(),
  ]);
  const now = deps.now();
  const sources = judged.get(promotion.update.id) ?? [];
  const view = { tag: promotion.update.image.tag, sources, hold: holdByWindow(promotion, freezes, now) };
  // A Git host shows the statuses of the head, or may drop those of an earlier one.
  const before = row.statuses?.head === head ? row.statuses.posted : {};
  const wanted = promotionStatuses(view, Object.keys(before));
  for (const status of wanted) {
    if (before[status.context.name] === statusValue(status)) continue;
    await postOne(status, pullRequest.number, statuses, row.repository, log);
  }
  const waits = sources.flatMap(({ verdict }) => (verdict.kind === 'waits' ? [verdict.until] : []));
  const next = Math.min(now.getTime() + againAfterMs, ...waits);
  const posted = Object.fromEntries(wanted.map((status) => [status.context.name, statusValue(status)]));
  await deps.store.updateSourceBranch(`${key}#${row.source}`, (current) =>
    current?.pullRequest?.number === pullRequest.number && current.head === head
      ? { ...current, statuses: { at: new Date(next).toISOString(), head, posted } }
      : undefined,
  );
}

/** The promotion that a branch proposes. A branch of a promotion has one route and environment, so it has one update. */
async function promotionOf(
  { updates }: SourceBranch,
  { findEnvironment }: Pick<Deps, 'findEnvironment'>,
): Promise<ResolvedUpdate | undefined> {
  const update = updates.at(-1);
  const environment = update && !isRollback(update) ? await findEnvironment(update) : undefined;
  return update && environment && environment.promoteFrom.length > 0 ? { update, environment } : undefined;
}

/** A status that the Git host refuses is logged once: it counts as posted. */
async function postOne(
  status: Status,
  number: number,
  statuses: Statuses,
  repository: string,
  log: Log,
): Promise<void> {
  const fields = { pullRequest: number, repository, status: status.context.name };
  try {
    await statuses.postToPullRequest(number, status);
    log('info', 'reported', { on: 'pull-request', ...fields, state: status.state });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'retryable') throw error;
    log('error', 'not-reported', { on: 'pull-request', ...fields, code: error.code, reason: error.message });
  }
}
