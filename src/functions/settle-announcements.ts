import type { TimerHandler } from '@azure/functions';
import { resolveAnnouncements } from '../lib/updates/resolve-announcements.ts';
import type { ResolveDeps } from '../lib/updates/resolve-announcements.ts';
import { logOf } from './log.ts';

export interface SettleAnnouncementsDeps extends ResolveDeps {
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Every app's minute begins in the same second: each waits a little, by chance, before it asks the Git host. */
const jitterMs = 10_000;

/** Timer, each minute: what became of the pushes that nobody answered for. */
export function makeSettleAnnouncements(deps: SettleAnnouncementsDeps): TimerHandler {
  return async (_timer, context) => {
    await deps.sleep(deps.random() * jitterMs);
    await resolveAnnouncements(logOf(context), deps);
  };
}
