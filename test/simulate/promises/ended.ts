import { isState } from '../../../src/lib/model/deployment-states.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { places } from '../fleet.ts';
import type { Rest, Violation } from '../rest.ts';
import { formatValue } from '../values.ts';
import { firstTag } from '../world.ts';

/** P1: every update ends, or says what it waits for; and each file holds the newest tag, unless a person says otherwise. */
export function endedViolations(rest: Rest): Violation[] {
  return [...[...rest.records.values()].flatMap((record) => recordViolations(record, rest)), ...newestViolations(rest)];
}

function recordViolations(record: Deployment, { due, queuedIds, world }: Rest): Violation[] {
  const { update, state, reason, heldUntil, pullRequest } = record;
  const { id, route, environment } = update;
  const report = (text: string): Violation[] => [
    { promise: 'P1', route, environment, text: `${update.image.tag} (${id}) ${text}` },
  ];
  if (state === 'abandoned') return report(`is abandoned: ${reason}`);
  if (state === 'queued') {
    if (queuedIds.has(id)) return [];
    const isWaiting = heldUntil !== undefined && [...due].some((key) => key.includes(id));
    return isWaiting ? [] : report(`is queued, and nothing will plan it: ${reason ?? 'no reason'}`);
  }
  if (state === 'pull-request') {
    const one = world.pullRequests.all.find(({ number }) => number === pullRequest?.number);
    return one?.state === 'active' ? [] : report(`is pull-request, and ${pullRequest?.number} is ${one?.state}`);
  }
  return [];
}

function newestViolations({ history, pushes, world }: Rest): Violation[] {
  return places
    .filter(({ takes, promoteFrom }) => takes === 'numbers' && promoteFrom.length === 0)
    .flatMap((place): Violation[] => {
      const { route, environment } = place;
      const tag = pushes.newest(route);
      const digest = world.registry.find(route, tag)?.digest;
      const wanted = formatValue(place.writesDigest && digest !== undefined ? { tag, digest } : { tag });
      const changes = history.changes.get(place) ?? [];
      const held = formatValue(history.valueAt(place, history.commits.length - 1));
      const wasThere = tag === firstTag || changes.some(({ value }) => formatValue(value) === wanted);
      const byPerson = changes.some(({ value, trailer }) => !trailer && isAbove(value.tag, tag));
      if (held === wanted || wasThere || byPerson) return [];
      return [{ promise: 'P1', route, environment, text: `holds ${held}; the newest is ${wanted}` }];
    });
}

function isAbove(tag: string, other: string): boolean {
  return /^\d+$/.test(tag) && Number(tag) >= Number(other);
}

/** Whether a record is, or was, in the branch. */
export function wasCommitted({ state, progress, commit }: Deployment): boolean {
  return isState(state, 'committed') || (state === 'superseded' && (progress !== undefined || commit !== undefined));
}
