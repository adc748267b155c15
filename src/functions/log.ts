import type { InvocationContext } from '@azure/functions';
import { formatLogLine } from '../lib/model/log.ts';
import type { Log, LogFields } from '../lib/model/log.ts';

const counts = new Map<string, number>();

/** Counts of logged events since this instance started. */
export function eventCounts(): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The log of one invocation. If its message was dequeued before, each line has the count. */
export function logOf(context: Pick<InvocationContext, 'info' | 'warn' | 'error' | 'triggerMetadata'>): Log {
  const dequeueCount = dequeueCountOf(context);
  const common: LogFields = dequeueCount > 1 ? { dequeueCount } : {};
  return (level, event, fields) => {
    counts.set(event, (counts.get(event) ?? 0) + 1);
    context[level](formatLogLine(event, { ...fields, ...common }));
  };
}

/** The dequeue count of a queue invocation; 1 if unknown. */
export function dequeueCountOf({ triggerMetadata }: Pick<InvocationContext, 'triggerMetadata'>): number {
  const dequeueCount = triggerMetadata?.['dequeueCount'];
  return typeof dequeueCount === 'number' ? dequeueCount : 1;
}
