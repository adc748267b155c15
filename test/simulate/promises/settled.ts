import type { Deployment } from '../../../src/lib/model/deployment.ts';
import type { SentResult } from '../application.ts';
import { placeOf } from '../fleet.ts';
import type { Rest, Violation } from '../rest.ts';
import { showsHealthy } from '../shown.ts';
import { formatValue } from '../values.ts';

/** P8: in whatever order results come, a deployment that one of them shows healthy ends healthy, and no other does. */
export function settledViolations(rest: Rest): Violation[] {
  return [...rest.records.values()].flatMap((record) => recordViolations(record, rest));
}

function recordViolations({ update, state, states, commit }: Deployment, { history, world }: Rest): Violation[] {
  const { id, route, environment, image } = update;
  const place = placeOf(route, environment);
  const from = commit === undefined ? undefined : history.indexOf(commit);
  if (from === undefined || state === 'rolled-back') return [];
  const report = (text: string): Violation[] => [
    { promise: 'P8', route, environment, text: `${image.tag} (${id}) ${text}` },
  ];
  const own = formatValue({
    tag: image.tag,
    ...(place.writesDigest && image.digest !== undefined && { digest: image.digest }),
  });
  const changes = history.changes.get(place) ?? [];
  // A value that people put back later was deployed by them.
  const until = changes.find(({ index }) => index > from)?.index ?? Infinity;
  const ofOwn = world.argoCd
    .sentOf(place.application)
    .filter(({ compared }) => formatValue(compared) === own)
    .map((one) => ({ one, index: history.indexOf(one.result.sync.revisions[0] ?? '') ?? -1 }))
    .filter(({ index }) => index >= from);
  if (state === 'healthy') {
    return ofOwn.some(({ one }) => one.result.health.status === 'Healthy') ? [] : report('is healthy without a result');
  }
  const recordedAt = Date.parse(states.find((one) => one.state === 'committed')?.at ?? '');
  const healthy = ofOwn.find(
    ({ one, index }) => index < until && (one.processedAt ?? 0) > recordedAt && one.handedAt > recordedAt && isEnd(one),
  )?.one;
  return healthy ? report(`is ${state}, and a result of ${new Date(healthy.handedAt).toISOString()} was healthy`) : [];
}

/** Healthy, after an operation that succeeded. */
function isEnd(sent: SentResult): boolean {
  const { operation, reconciledAt = '' } = sent.result;
  return showsHealthy(sent) && operation?.phase === 'Succeeded' && reconciledAt >= (operation.finishedAt ?? '');
}
