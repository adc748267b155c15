import { createHash } from 'node:crypto';
import { openForMs, windowState } from '../../routes/match/window-state.ts';
import type { HeldBy } from '../../model/deployment.ts';
import { passesWindows } from '../../model/tag-update.ts';
import type { Window } from '../../routes/route.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { asWindow, freezesOf } from './freeze.ts';
import type { Freeze } from './freeze.ts';

/** Why an update may not be written now, and when it is planned again. */
export interface Hold {
  readonly heldBy: HeldBy;
  readonly reason: string;
  /** ISO 8601. */
  readonly until: string;
  /** The next opening, ISO 8601; absent if none is known. */
  readonly opensAt?: string;
}

const minuteMs = 60_000;
/** No plan is further away: windows and clocks can change. */
const longestHoldMs = 60 * minuteMs;
/** The updates of one opening are spread over this time at most. */
const longestSpreadMs = 30 * minuteMs;

/** Whether a freeze, or the windows of its environment, hold an update back. A rollback and a promotion with `now` pass both. */
export function holdByWindow(
  { update, environment }: ResolvedUpdate,
  freezes: readonly Freeze[],
  now: Date,
): Hold | undefined {
  if (passesWindows(update)) return undefined;
  const frozen = freezesOf(freezes, update, now);
  const windows = [...environment.windows, ...frozen.map(asWindow)];
  const state = windowState(windows, now);
  if (state.isOpen) return undefined;
  const [freeze] = frozen;
  const why = freeze ? `frozen until ${freeze.until} by ${freeze.actor} (${freeze.reason})` : state.reason;
  const opensAt = state.opens?.toISOString();
  const planned = state.opens && state.opens.getTime() + spreadMs(windows, state.opens, update.route);
  const until = Math.min(planned ?? Infinity, now.getTime() + longestHoldMs);
  return {
    heldBy: 'window',
    reason: `held: ${why}${opensAt === undefined ? '' : `; opens ${opensAt}`}`,
    until: new Date(until).toISOString(),
    ...(opensAt !== undefined && { opensAt }),
  };
}

/** The place of a route within the first half hour of an opening, or the first quarter of a shorter one. */
function spreadMs(windows: readonly Window[], opens: Date, route: string): number {
  const quarter = openForMs(windows, opens.getTime(), longestSpreadMs * 4) / 4;
  const share = createHash('sha256').update(route).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(share * quarter);
}
