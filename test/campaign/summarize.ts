import type { Deployment } from '../../src/lib/model/deployment.ts';
import type { HistoryCommit } from './history.ts';
import type { Scenario } from './scenario.ts';
import type { Trace } from './trace.ts';

/** Names and counts of the end: updates by state, commits, and events of the log. */
export function summarize(
  { updates, branches }: Scenario,
  histories: ReadonlyMap<string, readonly HistoryCommit[]>,
  records: ReadonlyMap<string, Deployment | undefined>,
  trace: Trace,
): (readonly [string, string | number])[] {
  const ours = [...histories.values()].flat().filter(({ trailers }) => trailers.length > 0);
  const states = new Map<string, number>();
  for (const { id } of updates) {
    const state = records.get(id)?.state ?? 'no record';
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  return [
    ['branches', branches.length],
    ['tag updates', updates.length],
    ...[...states].map(([state, count]) => [`  ${state}`, count] as const),
    ['commits by the app', ours.length],
    ['largest group', Math.max(0, ...ours.map(({ trailers }) => trailers.length))],
    ...[...trace.counts()].map(([event, count]) => [`log: ${event}`, count] as const),
  ];
}
