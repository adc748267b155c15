import type { InvocationContext } from '@azure/functions';
import { formatLogLine } from '../lib/model/log.ts';
import type { Log, LogFields } from '../lib/model/log.ts';

/** The log of one invocation. If its message was dequeued before, each line has the count. */
export function logOf(context: Pick<InvocationContext, 'info' | 'warn' | 'error' | 'triggerMetadata'>): Log {
  const dequeueCount = dequeueCountOf(context);
  const common: LogFields = dequeueCount > 1 ? { dequeueCount } : {};
  return (level, event, fields) => {
    context[level](formatLogLine(event, { ...fields, ...common }));
  };
}

/** Runs with the log of an invocation. Work that goes on after the invocation writes to the log of the process. */
export async function withLogOf(
  context: Parameters<typeof logOf>[0],
  processLog: Log,
  run: (log: Log) => Promise<void>,
): Promise<void> {
  let log = logOf(context);
  try {
    await run((...line) => log(...line));
  } finally {
    log = processLog;
  }
}

/** The dequeue count of a queue invocation; 1 if unknown. */
export function dequeueCountOf({ triggerMetadata }: Pick<InvocationContext, 'triggerMetadata'>): number {
  const dequeueCount = triggerMetadata?.['dequeueCount'];
  return typeof dequeueCount === 'number' ? dequeueCount : 1;
}
