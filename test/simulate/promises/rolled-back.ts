import { isAutomaticRollback, isRollback } from '../../../src/lib/model/tag-update.ts';
import { places } from '../fleet.ts';
import type { Place } from '../fleet.ts';
import type { Change } from '../history.ts';
import type { Rest, Violation } from '../rest.ts';
import { describeValue, showsHealthy } from '../shown.ts';
import { formatValue } from '../values.ts';

/** P12: a deployment is rolled back at most once, to the last healthy value, and only over commits of ours. */
export function rolledBackViolations(rest: Rest): Violation[] {
  return places.flatMap((place) => {
    const changes = rest.history.changes.get(place) ?? [];
    const seen = new Set<string>();
    return changes.flatMap((change, position) => {
      const update = change.trailer && rest.records.get(change.trailer.id)?.update;
      if (!update || !isAutomaticRollback(update)) return [];
      return rollbackViolations(place, change, changes.slice(0, position), seen, rest);
    });
  });
}

function rollbackViolations(
  place: Place,
  change: Change,
  earlier: readonly Change[],
  seen: Set<string>,
  rest: Rest,
): Violation[] {
  const { route, environment } = place;
  const of = change.trailer?.of ?? '';
  const report = (text: string): Violation[] => [
    { promise: 'P12', route, environment, text: `the rollback ${change.commit} of ${of} ${text}` },
  ];
  if (seen.has(of)) return report('is the second one');
  seen.add(of);
  const undone = rest.records.get(of);
  if (!undone) return report('reverts no deployment');
  if (isRollback(undone.update)) return report('reverts a rollback');
  if (undone.state !== 'rolled-back') return report(`leaves its record ${undone.state}`);
  const last = earlier.at(-1);
  if (last?.trailer?.id !== of) return report('reverts a value that the deployment did not put there');
  const healthy = rest.world.argoCd
    .sentOf(place.application)
    .filter((one) => one.handedAt <= change.at && showsHealthy(one))
    .map((one) => ({ one, index: rest.history.indexOf(one.result.sync.revisions[0] ?? '') ?? Infinity }))
    .filter(({ one, index }) => index < last.index && formatValue(one.compared) !== formatValue(last.value));
  const restored = healthy.filter(({ one }) => formatValue(one.compared) === formatValue(change.value));
  // The place of a deployment that began with a healthy value needs no result.
  if (restored.length === 0) return report(`brings ${describeValue(change.value)}, which was not healthy before`);
  const from = Math.max(...restored.map(({ index }) => index));
  const known = healthy.filter(({ one }) => (one.processedAt ?? Infinity) < change.at - 120_000);
  const later = known.find(({ one, index }) => index > from && formatValue(one.compared) !== formatValue(change.value));
  if (later) return report(`goes back behind ${describeValue(later.one.compared)}, which was healthy later`);
  const ofPeople = [
    ...earlier.filter(({ trailer }) => !trailer),
    ...(rest.history.settingsChanges.get(place) ?? []).filter(({ index }) => index < change.index),
  ];
  const foreign = ofPeople.find(({ index }) => index > from);
  return foreign ? report(`goes back over ${foreign.commit}, which a person made`) : [];
}
