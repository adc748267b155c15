import type { Outcome } from '../model/outcome.ts';
import type { Verdict } from '../promotion/verdict.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { heldOutcome } from './attempt.ts';
import type { Known } from './attempt.ts';

/** No plan is further away: sources, routes and clocks can change. */
const longestHoldMs = 60 * 60_000;
/** A pushed tag waits this long for its image to become healthy in the sources. */
const longestWaitMs = 30 * 24 * 60 * 60_000;

/** The outcome of an update that its sources hold back; `undefined` if they do not. */
export function heldBySources(
  resolved: ResolvedUpdate,
  verdict: Verdict | undefined,
  known: Known,
  now: Date,
): Outcome | undefined {
  if (!verdict || verdict.kind === 'promoted') return undefined;
  const { update, environment } = resolved;
  const { reason } = verdict;
  const latest = now.getTime() + longestHoldMs;
  const hold = (time: number): Outcome => {
    const until = new Date(Math.min(time, latest)).toISOString();
    return heldOutcome(resolved, { heldBy: 'promotion', reason, until }, known);
  };
  if (verdict.kind === 'waits') return hold(verdict.until);
  const record = known.records.get(update.id);
  const since = Date.parse(record?.states[0]?.at ?? now.toISOString());
  // A pushed tag waits for its image; a promotion is decided again.
  if (environment.takesPushes && now.getTime() - since < longestWaitMs) return hold(latest);
  const seen = record?.updatedAt;
  return { kind: 'refused', code: verdict.code, reason, ...(seen !== undefined && { seen }) };
}
