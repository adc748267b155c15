import { QueueServiceClient } from '@azure/storage-queue';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FunctionsHost } from '../host/host.ts';
import type { FunctionInfo } from '../host/host-event.ts';
import { parseCron } from '../host/cron.ts';
import { buildAppProgram, describeApp } from './app-processes.ts';
import type { AppProcessOptions } from './app-processes.ts';
import { groupOf } from '../host/function-group.ts';
import type { FunctionGroup } from '../host/function-group.ts';
import { forwardRequests } from './forward-requests.ts';
import { GroupProcess } from './group-process.ts';

export interface FlexHostOptions {
  readonly port: number;
  readonly app: AppProcessOptions;
  /** A process without work for this long is stopped, in milliseconds. */
  readonly idleMs: number;
  readonly onLine: (group: FunctionGroup, text: string) => void;
  /** A process of the group has been started for work. */
  readonly onStart?: (group: FunctionGroup) => void;
  /** A process has ended by itself. */
  readonly onFatal: (reason: string) => void;
}

/** How often the platform checks queues for a function that has no process. */
const queueCheckMs = 200;
/** A process for a timer is started this long before its time. */
const timerLeadMs = 1_500;

/**
 * Runs an app as the Flex Consumption plan scales it: each group of functions in a process of its own, started when there
 * is a request, a visible message or a due timer, and stopped when it is idle. So nothing can rely on memory that groups
 * share. Each group has at most one process.
 *
 * The status of a timer outlives its processes. So a process that starts after the time of its timer runs it at once, as past
 * due: the timer extension keeps the status in a blob (`StorageScheduleMonitor`), and its listener compares it at the start
 * (`TimerListener.StartAsync`, `ScheduleMonitor.CheckPastDueAsync` of Azure/azure-webjobs-sdk-extensions).
 */
export async function startFlexHost({
  port,
  app: given,
  idleMs,
  onLine,
  onStart,
  onFatal,
}: FlexHostOptions): Promise<FunctionsHost> {
  const program = await buildAppProgram();
  const app = { stateDirectory: join(program.folder, 'timers'), ...given };
  const functions = await describeApp(program, app);
  const stopping = new AbortController();
  setMaxListeners(functions.length + 1, stopping.signal);
  const processes = new Map<FunctionGroup, GroupProcess>();
  for (const group of new Set(functions.map(groupOf))) {
    const events = { onLine: (text: string) => onLine(group, text), onFatal, onStart: () => onStart?.(group) };
    processes.set(group, new GroupProcess(program, { ...app, group }, events, idleMs));
  }
  const processOf = (group: FunctionGroup): GroupProcess => {
    const found = processes.get(group);
    if (!found) throw new Error(`the app has no functions of the group ${group}`);
    return found;
  };
  const http = processes.get('http');
  const server = http ? await forwardRequests(port, http) : undefined;
  const watches = functions.map((info) => watch(info, processOf(groupOf(info)), app, stopping.signal));
  for (const one of watches) one.catch((error: unknown) => onFatal(String(error)));
  return {
    url: server?.url ?? '',
    functions,
    async close() {
      stopping.abort();
      await server?.close();
      await Promise.allSettled(watches);
      await Promise.all([...processes.values()].map((one) => one.stop()));
      await program.remove();
    },
  };
}

/** Starts the process of a function when its queue has a visible message, or before the time of its timer. */
async function watch(
  { queueName, schedule }: FunctionInfo,
  process: GroupProcess,
  { settings }: AppProcessOptions,
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number): Promise<unknown> => sleep(ms, undefined, { signal }).catch(() => undefined); // Aborted: the host stops.
  if (queueName !== undefined) {
    const service = QueueServiceClient.fromConnectionString(settings['AzureWebJobsStorage'] ?? '');
    const queue = service.getQueueClient(queueName);
    await queue.createIfNotExists();
    while (!signal.aborted) {
      if (!process.isRunning && (await queue.peekMessages()).peekedMessageItems.length > 0) await process.start();
      await pause(queueCheckMs);
    }
  }
  if (schedule !== undefined) {
    const next = parseCron(schedule);
    while (!signal.aborted) {
      const at = next(new Date(Date.now() + timerLeadMs));
      if (at === undefined) return;
      await pause(at.getTime() - timerLeadMs - Date.now());
      if (!signal.aborted) await process.start();
      await pause(timerLeadMs);
    }
  }
}
