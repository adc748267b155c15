import { inspect } from 'node:util';
import type { FunctionInfo, HostEvent } from './host-event.ts';

/** The line or lines that `func start` prints for an event, without a newline at the end. */
export function formatHostEvent(event: HostEvent): string {
  const text = describe(event);
  return event.type === 'function-found' ? text : `[${event.at.toISOString()}] ${text}`;
}

function describe(event: HostEvent): string {
  switch (event.type) {
    case 'function-found':
      return `\t${event.function.name}: ${describeTrigger(event.function, event.url)}`;
    case 'invocation-started': {
      const details = Object.entries(event.details).map(([key, value]) => `${key}: ${value}`);
      const trigger = details.length === 0 ? '' : `\nTrigger Details: ${details.join(', ')}`;
      return `Executing 'Functions.${event.name}' (Reason='${event.reason}', Id=${event.id})${trigger}`;
    }
    case 'invocation-finished': {
      const outcome = event.outcome === 'succeeded' ? 'Succeeded' : 'Failed';
      const status = event.status === undefined ? '' : `, Status=${event.status}`;
      const error = event.error === undefined ? '' : `\n${describeError(event.error)}`;
      return `Executed 'Functions.${event.name}' (${outcome}, Id=${event.id}, Duration=${Math.round(event.durationMs)}ms${status})${error}`;
    }
    case 'log':
      return event.level === 'information' ? event.text : `[${event.level}] ${event.text}`;
    case 'message-poisoned':
      return (
        `Message ${event.messageId} of queue '${event.queueName}' was tried ${event.dequeueCount} times. ` +
        `Moved to queue '${event.poisonQueueName}'.`
      );
    case 'storage-lost':
      return (
        `Queue '${event.queueName}' of 'Functions.${event.name}' cannot be reached, and is tried again until it can: ` +
        describeError(event.error)
      );
    case 'storage-back':
      return `Queue '${event.queueName}' of 'Functions.${event.name}' can be reached again.`;
    case 'host-error':
      return `Host error while ${event.doing}: ${describeError(event.error)}`;
    case 'app-ended':
      break;
  }
  return `The app ended with an unhandled error; running invocations are lost.\n${describeError(event.error)}`;
}

function describeTrigger({ trigger, methods = [], queueName, schedule }: FunctionInfo, url: string): string {
  if (trigger === 'queue') return `queueTrigger ${queueName}`;
  if (trigger === 'timer') return `timerTrigger ${schedule}`;
  return `[${methods.length === 0 ? 'ANY' : methods.join(',')}] ${url}`;
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : inspect(error);
}
