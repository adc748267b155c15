import { atMost } from '../../async/at-most.ts';
import { ageMs, timeLimit } from '../../model/clock.ts';
import type { PushIntent } from '../../model/deployment.ts';
import { Failure } from '../../model/failure.ts';
import type { Repositories } from '../../git/repositories.ts';
import type { Log } from '../../model/log.ts';
import type { Target } from '../delivery.ts';
import { reconcileIntents } from './reconcile.ts';
import type { IntentDeps } from './intent-deps.ts';
import { inRandomOrder } from '../in-random-order.ts';
import { targetOf, targetOfKey } from '../target.ts';

export interface ExpireDeps extends IntentDeps {
  readonly repositories: Repositories;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Every app's minute begins in the same second: each waits a random time before it asks the Git host. */
const jitterMs = 10_000;
const branchesAtOnce = 8;
/** The time after which a run begins with no other branch. */
const longestMs = 30_000;

/** By then a push has landed or never will: its own time limit is half a minute. */
const landedByMs = 2 * 60 * 1000;
/** By then the messages of its updates have ended, and no delivery waits for an answer. */
const expiresAfterMs = 24 * 60 * 60 * 1000;

/**
 * Reconciles the push intents of branches without a current delivery. A branch whose host does not answer is tried again
 * by the next run, for a day, as is one that this run has no time for.
 */
export async function expireIntents(log: Log, deps: ExpireDeps): Promise<void> {
  const now = deps.now();
  const old = (await deps.store.allIntents()).filter(({ at }) => ageMs(at, now) > landedByMs);
  if (old.length === 0) return;
  await deps.sleep(deps.random() * jitterMs);
  const hasTime = timeLimit(longestMs, deps.now);
  const keys = inRandomOrder([...new Set(old.map(({ target }) => target))], deps.random);
  await atMost(branchesAtOnce, keys, async (key) => {
    if (!hasTime()) return;
    const intents = old.filter(({ target }) => target === key);
    try {
      await expireOf(key, intents, log, deps);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log('warn', 'push-intents-not-reconciled', { target: key, code: error.code, reason: error.message });
    }
    const left = await deps.store.intents(key);
    // By its own clock: an intent is never dropped after one failed request.
    const expired = left.filter(({ at }) => now.getTime() - Date.parse(at) > expiresAfterMs);
    for (const intent of expired) await expire(intent, log, deps);
  });
}

async function expireOf(key: string, intents: readonly PushIntent[], log: Log, deps: ExpireDeps): Promise<void> {
  const { repository, branch } = await findTarget(key, intents, deps);
  const tip = await repository.tip(branch).catch((error: unknown) => {
    // The history of a deleted branch cannot be searched.
    if (error instanceof Failure && error.code === 'branch-not-found') return undefined;
    throw error;
  });
  if (tip) await reconcileIntents(await deps.store.intents(key), tip, repository, deps);
  for (const intent of intents) {
    if (tip && intent.base !== tip.commit) continue;
    // The tip is still its base, so the push did not land.
    await deps.store.removeIntent(intent);
    log('info', 'push-intent-removed', { target: key, base: intent.base });
  }
}

/** By the current routes, which have the URL as people write it; else by the key itself. */
async function findTarget(
  key: string,
  intents: readonly PushIntent[],
  { findEnvironment, repositories }: ExpireDeps,
): Promise<Target> {
  for (const update of intents.flatMap(({ updates }) => updates)) {
    const environment = await findEnvironment(update);
    const target = environment && targetOf(environment, repositories);
    if (target?.key === key) return target;
  }
  return targetOfKey(key, repositories);
}

/** A push that landed is still found by its value, or in history by its trailers. */
async function expire(intent: PushIntent, log: Log, { store }: ExpireDeps): Promise<void> {
  await store.removeIntent(intent);
  const { target, base, at } = intent;
  log('error', 'push-intent-expired', { target, base, at });
}
