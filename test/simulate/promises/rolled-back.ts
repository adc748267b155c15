import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { isAutomaticRollback, isRollback } from '../../../src/lib/model/tag-update.ts';
import { placeOf, places } from '../fleet.ts';
import type { Place } from '../fleet.ts';
import type { Change } from '../history.ts';
import type { Rest, Violation } from '../rest.ts';
import type { SentResult } from '../application.ts';
import { byOrder, describeValue, showsHealthy } from '../shown.ts';
import { formatValue } from '../values.ts';

/** P12: a deployment is rolled back at most once, to the last healthy value, and only over commits of ours. */
export function rolledBackViolations(rest: Rest): Violation[] {
  const made = places.flatMap((place) => {
    const changes = rest.history.changes.get(place) ?? [];
    const seen = new Set<string>();
    return changes.flatMap((change, position) => {
      const update = change.trailer && rest.records.get(change.trailer.id)?.update;
      if (!update || !isAutomaticRollback(update)) return [];
      return rollbackViolations(place, change, changes.slice(0, position), seen, rest);
    });
  });
  return [...made, ...reasonViolations(rest)];
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
  const unmet = unmetCondition(place, change, last, undone, rest);
  if (unmet !== undefined) return report(unmet);
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

/** `failureAfter` of the fleet. Git keeps whole seconds. */
const failureAfterMs = 5 * 60_000;
const toleranceMs = 60_000;
/** A result that was processed so long before a rollback was known to it. */
const knownMs = 120_000;

/** The condition of rule 24 besides values and commits that a rollback did not meet. */
function unmetCondition(
  place: Place,
  change: Change,
  last: Change,
  { update }: Deployment,
  { world, history }: Rest,
): string | undefined {
  const sent = world.argoCd.sentOf(place.application).filter(({ handedAt }) => handedAt <= change.at);
  const failing = sent.filter((one) => formatValue(one.compared) === formatValue(last.value)).flatMap(failedAt);
  const since = Math.min(...failing);
  if (change.at - since < failureAfterMs - toleranceMs) return 'came before the failure had lasted `failureAfter`';
  const before = sent
    .filter(({ result }) => (history.indexOf(result.sync.revisions[0] ?? '') ?? Infinity) < last.index)
    .toSorted(byOrder)
    .at(-1);
  const status = before?.result.health.status ?? 'Healthy';
  // Answers that the app asked for have no such time.
  const isKnown = (before?.processedAt ?? Infinity) <= change.at - knownMs;
  if (isKnown && status !== 'Healthy') return `came, and the application was ${status} before`;
  const isKept = world.registry.labels.get(update.image.digest ?? '')?.['tagrelay.rollback'] === 'false';
  const isMerged = world.pullRequests.all.some(({ mergeCommit }) => mergeCommit === change.commit);
  return isKept && !isMerged ? 'was pushed, and the image has the label that it does not go back' : undefined;
}

/** When an application began to fail, in milliseconds since 1970; empty if it does not. */
function failedAt({ result: { health, operation } }: SentResult): readonly number[] {
  if (operation?.phase === 'Failed') return [Date.parse(operation.finishedAt ?? '')];
  return health.status === 'Degraded' ? [Date.parse(health.lastTransitionTime ?? '')] : [];
}

/** The reason against a rollback names a commit: it has changed the application. */
function reasonViolations({ records, history }: Rest): Violation[] {
  return [...records.values()].flatMap(({ update, recovery = '' }): Violation[] => {
    const { id, route, environment, image } = update;
    const [, named] = /^not rolled back: the commit (\w{10}) .* is not by tagrelay/.exec(recovery) ?? [];
    const commit = named === undefined ? undefined : history.commits.find((one) => one.id.startsWith(named));
    if (!commit) return [];
    const place = placeOf(route, environment);
    const index = history.indexOf(commit.id);
    const isOfPlace = [history.fileChanges, history.settingsChanges].some((changes) =>
      (changes.get(place) ?? []).some((one) => one.index === index),
    );
    if (isOfPlace) return [];
    return [
      { promise: 'P12', route, environment, text: `${image.tag} (${id}) was ${recovery}; it changed another place` },
    ];
  });
}
