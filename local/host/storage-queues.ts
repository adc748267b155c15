import { QueueServiceClient, RestError, type QueueClient } from '@azure/storage-queue';
import { HostError } from './host-error.ts';
import { resolveSettings } from './settings.ts';
import type { Binding } from './core-types.ts';

/** Opens the queue that a binding of a function names. */
export type OpenQueue = (functionName: string, binding: Binding) => QueueClient;

/**
 * Finds queues by the `connection` and `queueName` of a binding. The connection is the name of a setting that holds a
 * connection string, by its name or with `AzureWebJobs` in front; without one it is `AzureWebJobsStorage`.
 */
export function storageQueues(): OpenQueue {
  const services = new Map<string, QueueServiceClient>();
  return (functionName, { connection, queueName }) => {
    if (typeof queueName !== 'string' || queueName === '' || /[{}]/u.test(queueName)) {
      throw new HostError(
        'binding-unsupported',
        `"${functionName}" has the queue name "${String(queueName)}"; expected a name, in which %SETTING% stands for a setting.`,
      );
    }
    const setting = typeof connection === 'string' && connection !== '' ? connection : 'AzureWebJobsStorage';
    const service = services.get(setting) ?? openService(functionName, setting);
    services.set(setting, service);
    return service.getQueueClient(
      resolveSettings(queueName, (name) =>
        missingSetting(functionName, name, `its queue name "${queueName}"`),
      ).toLowerCase(),
    );
  };
}

/** The setting that a binding option of a function needs is not there. */
export function missingSetting(functionName: string, setting: string, use: string): HostError {
  return new HostError(
    'setting-missing',
    `The setting "${setting}", which "${functionName}" needs for ${use}, is not there.`,
  );
}

function openService(functionName: string, setting: string): QueueServiceClient {
  const connectionString = process.env[`AzureWebJobs${setting}`] ?? process.env[setting];
  if (connectionString !== undefined) {
    try {
      // An outage is waited out by who uses the queue; the client itself only smooths a lost connection.
      return QueueServiceClient.fromConnectionString(connectionString, {
        retryOptions: { maxTries: 2, retryDelayInMs: 50, tryTimeoutInMs: 30_000 },
      });
    } catch (cause) {
      const problem = `The setting "${setting}", the connection of "${functionName}", is not a storage connection string: ${String(cause)}`;
      throw new HostError('connection-unsupported', problem, cause);
    }
  }
  const identity = ['__queueServiceUri', '__accountName'].find((suffix) => process.env[setting + suffix] !== undefined);
  if (identity === undefined) throw missingSetting(functionName, setting, 'its storage connection');
  throw new HostError(
    'connection-unsupported',
    `"${functionName}" connects by identity ("${setting}${identity}"), which the local host cannot: ` +
      `put a connection string into "${setting}".`,
  );
}

/** Whether a storage error has one of these codes of the Queue service's REST reference. */
export function hasStorageCode(error: unknown, ...codes: readonly string[]): boolean {
  if (!(error instanceof RestError)) return false;
  const { errorCode } = (error.details ?? {}) as { readonly errorCode?: string };
  return [error.code, errorCode].some((code) => code !== undefined && codes.includes(code));
}
