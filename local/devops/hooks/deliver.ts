import { setTimeout as sleep } from 'node:timers/promises';
import { verdictOf } from './notification.ts';
import type { Delivery, HookWaits, Verdict } from './notification.ts';
import { post } from './post.ts';
import type { Attempt } from './post.ts';

interface DeliverOptions {
  readonly waits: HookWaits;
  readonly now: () => Date;
  /** Ends the waiting when the emulator is stopped. */
  readonly signal: AbortSignal;
}

/**
 * Delivers a notification: tries again soon after what may pass, and puts the subscription on probation after what lasts,
 * where one notification is tried until it gets through or the subscription is disabled ("Troubleshoot service hooks").
 */
export async function deliver(body: object, delivery: Delivery, options: DeliverOptions): Promise<void> {
  let verdict = await tryOnce(body, delivery, options);
  for (const wait of options.waits.retries) {
    if (verdict !== 'transient' || !(await pause(wait, options.signal))) break;
    verdict = await tryOnce(body, delivery, options);
  }
  if (isFailure(verdict) && !options.signal.aborted) verdict = await onProbation(body, delivery, options);
  if (verdict === 'gone') delivery.changeSubscription({ status: 'disabledBySystem' });
  delivery.change({ status: 'completed', result: verdict === 'delivered' ? 'succeeded' : 'failed' });
}

/** Tries on until it gets through, which restores the subscription, or has failed too often, which disables it. */
async function onProbation(body: object, delivery: Delivery, options: DeliverOptions): Promise<Verdict> {
  const { waits, now, signal } = options;
  delivery.changeSubscription({ status: 'onProbation', probationRetries: 0 });
  for (const [index, wait] of waits.probation.entries()) {
    if (!(await pause(wait, signal))) return 'stopped';
    delivery.changeSubscription({ probationRetries: index + 1, lastProbationRetryDate: now() });
    const verdict = await tryOnce(body, delivery, options);
    if (verdict === 'delivered') delivery.changeSubscription({ status: 'enabled', probationRetries: 0 });
    if (!isFailure(verdict)) return verdict;
  }
  return 'gone';
}

function isFailure(verdict: Verdict): boolean {
  return verdict === 'transient' || verdict === 'enduring';
}

async function tryOnce(body: object, delivery: Delivery, { signal }: DeliverOptions): Promise<Verdict> {
  const subscription = delivery.subscription();
  // Deleted or disabled while this one waited.
  if (!subscription || subscription.status.startsWith('disabled')) return 'stopped';
  delivery.change({ status: 'requestInProgress' });
  const attempt = await post(subscription, body, signal);
  delivery.change({ ...outcomeOf(attempt), requestAttempts: delivery.attempts() + 1 });
  return verdictOf(attempt.status);
}

function outcomeOf({ request, response, error }: Attempt): Parameters<Delivery['change']>[0] {
  return { request, response, ...(error === undefined ? {} : { errorMessage: error }) };
}

/** @returns whether the time has passed; not where the emulator has been stopped meanwhile */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
