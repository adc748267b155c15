import { placeOf } from '../fleet.ts';
import type { Rest, Violation } from '../rest.ts';

/** Longer than a message is retried, or hidden behind a process that was killed. */
const longestMs = 2 * 3_600_000;

/**
 * P6: whatever else lies in queues, rows and files, an update that waits for no source and no window is decided soon after
 * its record was made.
 */
export function unhinderedViolations({ records, freezings, oddities }: Rest): Violation[] {
  return [...records.values()].flatMap((record): Violation[] => {
    const { update, states } = record;
    const { route, environment, image, id } = update;
    const { promoteFrom, windows } = placeOf(route, environment);
    const [first, second] = states;
    if (promoteFrom.length > 0 || windows.length > 0 || first?.state !== 'queued' || !second) return [];
    const [from, to] = [Date.parse(first.at), Date.parse(second.at)];
    const wasFrozen = freezings.some((one) => one.environment === environment && one.from < to && one.until > from);
    const wasBroken = oddities.brokenFiles.some((one) => one.place === placeOf(route, environment) && one.at < to);
    if (to - from <= longestMs || wasFrozen || wasBroken || oddities.isGhost(image.tag)) return [];
    const text = `${image.tag} (${id}) was queued from ${first.at} to ${second.at}`;
    return [{ promise: 'P6', route, environment, text }];
  });
}
