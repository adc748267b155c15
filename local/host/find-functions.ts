import type { QueueClient } from '@azure/storage-queue';
import type { AppRegistry, RegisteredFunction } from './app-registry.ts';
import type { FunctionInfo } from './host-event.ts';
import { checkRoutes, httpFunction, type HttpFunction } from './http-function.ts';
import type { OpenQueue } from './storage-queues.ts';
import { timerFunction, type TimerFunction } from './timer-schedule.ts';
import { triggerOf } from './trigger-binding.ts';

export interface QueueFunction {
  readonly target: RegisteredFunction;
  readonly binding: string;
  readonly queue: QueueClient;
  /** Undefined for a queue that is itself a poison queue. */
  readonly poisonQueue: QueueClient | undefined;
}

/** The functions of an app by their triggers, and what to say about each. */
export interface FoundFunctions {
  readonly http: readonly HttpFunction[];
  readonly queue: readonly QueueFunction[];
  readonly timer: readonly TimerFunction[];
  readonly infos: readonly FunctionInfo[];
}

const poisonSuffix = '-poison';

/** Checks what an app registered and puts it in the order of the Functions host, by name, ignoring case. */
export function findFunctions(registry: AppRegistry, routePrefix: string, openQueue: OpenQueue): FoundFunctions {
  const http: HttpFunction[] = [];
  const queue: QueueFunction[] = [];
  const timer: TimerFunction[] = [];
  const infos: FunctionInfo[] = [];
  for (const target of registry.functions.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))) {
    const trigger = triggerOf(target);
    const { name, bindings } = target.metadata;
    // A wrong output shall stop the start, not the first invocation.
    for (const output of Object.values(bindings)) if (output.type === 'queue') openQueue(name, output);
    if (trigger.kind === 'http') {
      const found = httpFunction(target, trigger, routePrefix);
      http.push(found);
      infos.push(found.info);
    } else if (trigger.kind === 'queue') {
      const client = openQueue(name, trigger.options);
      const poison = { ...trigger.options, queueName: client.name + poisonSuffix };
      const poisonQueue = client.name.endsWith(poisonSuffix) ? undefined : openQueue(name, poison);
      queue.push({ target, binding: trigger.name, queue: client, poisonQueue });
      infos.push({ name, trigger: 'queue', queueName: client.name });
    } else {
      const found = timerFunction(target, trigger);
      timer.push(found);
      infos.push({ name, trigger: 'timer', schedule: found.schedule });
    }
  }
  checkRoutes(http);
  return { http, queue, timer, infos };
}

function sortKey({ metadata }: RegisteredFunction): string {
  return metadata.name.toLowerCase();
}
