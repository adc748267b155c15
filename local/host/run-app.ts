import type { AppRegistry, RegisteredFunction } from './app-registry.ts';
import { findFunctions, type FoundFunctions, type QueueFunction } from './find-functions.ts';
import { HostError } from './host-error.ts';
import type { Emit, FunctionInfo } from './host-event.ts';
import type { HostJson } from './host-json.ts';
import { createKeyCheck } from './http-auth.ts';
import { statusOf } from './http-response.ts';
import { startHttpServer, type HttpServer } from './http-server.ts';
import { isEnabled } from './is-enabled.ts';
import { manualTrigger } from './manual-trigger.ts';
import { QueueListener } from './queue-listener.ts';
import { writeQueueOutputs } from './queue-output.ts';
import { runInvocation, type InvocationDeps, type InvocationResult, type Trigger } from './run-invocation.ts';
import { storageQueues } from './storage-queues.ts';
import { TimerListener } from './timer-listener.ts';
import type { TimerFunction } from './timer-schedule.ts';
import { TimerStatusFiles } from './timer-status.ts';
import { within } from './within.ts';
import type { FunctionGroup } from './function-group.ts';

export interface RunOptions {
  /** Runs only the functions of this group, as an instance of Flex Consumption does; `none` runs none of them. */
  readonly group?: FunctionGroup | 'none';
  /** Of the loopback address; 0 takes a free one. */
  readonly port: number;
  /** Opens every function. */
  readonly masterKey: string;
  /** More keys, by name; each opens functions of level `function`. */
  readonly functionKeys?: Readonly<Record<string, string>>;
  /** How long a message stays hidden when its worker dies; Azure's is 600. */
  readonly leaseSeconds: number;
  /** How long to wait for running invocations at the end, and then for the app's own ending. */
  readonly drainSeconds: number;
  /** Where the status of timers is kept from one start to the next, so that a missed run is made up for. */
  readonly stateDirectory?: string;
}

/** The functions of an app, at work. */
export interface RunningApp {
  readonly url: string;
  readonly functions: readonly FunctionInfo[];
  /** Ends the work in order, within the time for it. */
  drain(): Promise<void>;
  /** Drops everything, as the end of the worker's process would. */
  abandon(): void;
}

/** Starts the server and the listeners of an app that has been loaded. */
export async function runApp(
  options: RunOptions,
  registry: AppRegistry,
  hostJson: HostJson,
  hostVersion: string,
  emit: Emit,
): Promise<RunningApp> {
  let abandoned = false;
  const openQueue = storageQueues();
  const found = inGroup(findFunctions(registry, hostJson.routePrefix, openQueue), options.group);
  const triggered = enabled(found);
  const deps: InvocationDeps = {
    registry,
    emit,
    writeOutputs: async (target, response) => {
      if (abandoned) throw new Error('The app has ended; what its handlers still return is lost.');
      await writeQueueOutputs(target, response, openQueue, hostJson.queues.messageEncoding);
    },
  };
  const running = new Set<Promise<InvocationResult>>();
  const start = (target: RegisteredFunction, trigger: Trigger, more: Partial<InvocationDeps> = {}) => {
    const invocation = runInvocation(target, trigger, { ...deps, ...more });
    running.add(invocation);
    return invocation.finally(() => running.delete(invocation));
  };
  const http = await listen(options.port, {
    functions: triggered.http,
    allows: createKeyCheck(options.masterKey, options.functionKeys ?? {}),
    emit,
    hostVersion,
    run: ({ target }, trigger) => start(target, trigger, { statusOf }),
    runNow: (name, input) => {
      const manual = manualTrigger(found, name, input);
      if (manual !== undefined) void start(manual.target, manual.trigger);
      return manual !== undefined;
    },
  });
  for (const info of found.infos) {
    emit({ type: 'function-found', url: `${http.url}/${info.route ?? ''}`, function: info });
  }
  const queues = triggered.queue.map(
    ({ target, ...rest }) =>
      new QueueListener({
        ...rest,
        name: target.metadata.name,
        settings: hostJson.queues,
        leaseSeconds: options.leaseSeconds,
        emit,
        run: (trigger) => start(target, trigger),
      }),
  );
  const statuses = options.stateDirectory === undefined ? undefined : new TimerStatusFiles(options.stateDirectory);
  const timers = triggered.timer.map(
    (timer) =>
      new TimerListener({
        timer,
        statuses,
        emit,
        now: () => new Date(),
        run: (trigger) => start(timer.target, trigger),
      }),
  );
  for (const queue of queues) queue.start();
  for (const timer of timers) await timer.start();
  const stop = (): Promise<unknown> => Promise.all([http, ...timers, ...queues].map((part) => part.stop()));
  const abandon = (): void => {
    abandoned = true;
    for (const queue of queues) queue.abandon();
    // Handlers cannot be stopped; the host does not wait for those that still run.
    void stop();
    http.destroy();
  };
  return {
    url: http.url,
    functions: found.infos,
    abandon,
    drain: async () => {
      await within(options.drainSeconds, Promise.all([stop(), ...running]));
      abandon();
    },
  };
}

/** The functions whose triggers run them. */
function enabled(found: FoundFunctions): Pick<FoundFunctions, 'http' | 'queue' | 'timer'> {
  return {
    http: found.http.filter(isEnabled),
    queue: found.queue.filter(isEnabled),
    timer: found.timer.filter(isEnabled),
  };
}

async function listen(port: number, deps: Parameters<typeof startHttpServer>[1]): Promise<HttpServer> {
  try {
    return await startHttpServer(port, deps);
  } catch (cause) {
    throw new HostError(
      'port-unavailable',
      `Port ${port} of 127.0.0.1 cannot be listened on: ${String(cause)}. Give another port.`,
      cause,
    );
  }
}

/** The functions that an instance of the group runs; without a group, all of them. */
function inGroup(found: FoundFunctions, group: RunOptions['group']): FoundFunctions {
  if (group === undefined) return found;
  const runs = ({ target }: QueueFunction | TimerFunction): boolean => group === `function:${target.metadata.name}`;
  return {
    ...found,
    http: group === 'http' ? found.http : [],
    queue: found.queue.filter(runs),
    timer: found.timer.filter(runs),
  };
}
