import type { InvocationContext } from '@azure/functions';
import { formatLogLine } from '../lib/log.ts';
import type { Log, LogFields } from '../lib/log.ts';

/** The log of one invocation. Queue invocations say with every line how often the message has been dequeued. */
export function logOf(context: Pick<InvocationContext, 'info' | 'warn' | 'error' | 'triggerMetadata'>): Log {
  const dequeueCount = context.triggerMetadata?.['dequeueCount'];
  const common: LogFields = typeof dequeueCount === 'number' && dequeueCount > 1 ? { dequeueCount } : {};
  return (level, event, fields) => context[level](formatLogLine(event, { ...fields, ...common }));
}
