import type { Announcement } from '../../model/deployment.ts';
import { Failure } from '../../model/failure.ts';
import type { Repositories } from '../../git/repositories.ts';
import type { Log } from '../../model/log.ts';
import type { Target } from '../delivery.ts';
import { settleAnnouncements } from './reconcile.ts';
import type { SettleDeps } from './reconcile.ts';
import { targetOf, targetOfKey } from '../target.ts';

export interface ResolveDeps extends SettleDeps {
  readonly repositories: Repositories;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Every app's minute begins in the same second: each waits a little, by chance, before it asks the Git host. */
const jitterMs = 10_000;

/** By then a push has landed or never will: its own time limit is half a minute. */
const landedByMs = 2 * 60 * 1000;
/** By then the messages of its updates have ended, and nobody waits for an answer any more. */
const givenUpAfterMs = 24 * 60 * 60 * 1000;

/**
 * Looks what became of announced pushes that nobody answered for, of branches that nobody writes to any more. A branch
 * that cannot be asked now is asked again by the next run.
 */
export async function resolveAnnouncements(log: Log, deps: ResolveDeps): Promise<void> {
  const now = deps.now().getTime();
  const old = (await deps.store.allAnnouncements()).filter(({ at }) => now - Date.parse(at) > landedByMs);
  if (old.length === 0) return;
  await deps.sleep(deps.random() * jitterMs);
  for (const key of new Set(old.map(({ target }) => target))) {
    const announcements = old.filter(({ target }) => target === key);
    try {
      await resolveTarget(key, announcements, log, deps);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('warn', 'announcements-not-settled', { target: key, code: error.code, reason: error.message });
    }
    const left = await deps.store.announcements(key);
    const hopeless = left.filter(({ at }) => now - Date.parse(at) > givenUpAfterMs);
    for (const announcement of hopeless) await giveUp(announcement, log, deps);
  }
}

async function resolveTarget(
  key: string,
  announcements: readonly Announcement[],
  log: Log,
  deps: ResolveDeps,
): Promise<void> {
  const { repository, branch } = await findTarget(key, announcements, deps);
  const tip = await repository.tip(branch).catch((error: unknown) => {
    // Nothing of a branch that is gone can be found any more.
    if (error instanceof Failure && error.code === 'branch-not-found') return undefined;
    throw error;
  });
  if (tip) await settleAnnouncements(await deps.store.announcements(key), tip, repository, deps);
  for (const announcement of announcements) {
    if (tip && announcement.base !== tip.commit) continue;
    // Nothing stands on its base, so nothing landed.
    await deps.store.withdraw(announcement);
    log('info', 'announcement-withdrawn', { target: key, base: announcement.base });
  }
}

/** By the routes of the moment, which write the URL as people do; else by the key itself. */
async function findTarget(
  key: string,
  announcements: readonly Announcement[],
  { findEnvironment, repositories }: ResolveDeps,
): Promise<Target> {
  for (const update of announcements.flatMap(({ updates }) => updates)) {
    const environment = await findEnvironment(update);
    const target = environment && targetOf(environment, repositories);
    if (target?.key === key) return target;
  }
  return targetOfKey(key, repositories);
}

/** What landed, if anything did, is still found by its value, or in history by its trailers. */
async function giveUp(announcement: Announcement, log: Log, { store }: ResolveDeps): Promise<void> {
  await store.withdraw(announcement);
  const { target, base, at } = announcement;
  log('error', 'announcement-given-up', { target, base, at });
}
