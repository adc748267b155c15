import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppRegistry, type RegisteredFunction } from './app-registry.ts';
import { findFunctions } from './find-functions.ts';
import { HostError } from './host-error.ts';
import type { Emit, FunctionInfo, HostEvent } from './host-event.ts';
import { readHostJson, type HostJson } from './host-json.ts';
import { createKeyCheck } from './http-auth.ts';
import { statusOf } from './http-response.ts';
import { startHttpServer, type HttpServer } from './http-server.ts';
import { loadApp } from './load-app.ts';
import { QueueListener } from './queue-listener.ts';
import { writeQueueOutputs } from './queue-output.ts';
import {
  applyLogHooks,
  runHooks,
  runInvocation,
  type InvocationDeps,
  type InvocationResult,
  type Trigger,
} from './run-invocation.ts';
import { applySettings, type Settings } from './settings.ts';
import { storageQueues } from './storage-queues.ts';
import { TimerListener } from './timer-listener.ts';
import { TimerStatusFiles } from './timer-status.ts';

export interface HostOptions {
  /** The folder with `host.json` and the `package.json` whose `main` is the app. */
  readonly root: string;
  /** App settings: in `process.env` while the host runs. */
  readonly settings: Settings;
  /** Of the loopback address; 0 takes a free one. */
  readonly port: number;
  /** Opens every function. */
  readonly masterKey: string;
  /** More keys, by name; each opens functions of level `function`. */
  readonly functionKeys?: Readonly<Record<string, string>>;
  /** How long a message stays hidden when its worker dies; Azure's is 600. Default 30. */
  readonly leaseSeconds?: number;
  /** How long `close` waits for running invocations. Default 10. */
  readonly drainSeconds?: number;
  /** Where the status of timers is kept from one start to the next, so that a missed run is made up for. */
  readonly stateDirectory?: string;
  readonly log?: (event: HostEvent) => void;
  /**
   * Called when the app ends its worker by an unhandled rejection or exception: nothing runs any more and what was running
   * is lost, as in Azure. Without it such an error ends this process, which is Node's default.
   */
  readonly onFatal?: (error: unknown) => void;
}

export interface FunctionsHost {
  readonly url: string;
  readonly functions: readonly FunctionInfo[];
  /**
   * Takes no more work, lets running invocations end within `drainSeconds`, runs the `appTerminate` hooks and takes the
   * settings back. May be called more than once.
   */
  close(): Promise<void>;
}

/** The version of the Functions host whose behaviour this one follows. */
const hostVersion = '4.1037.0';

/**
 * Runs a Functions app (Node.js programming model v4) in this process: its HTTP, storage queue and timer functions.
 *
 * Rejects with what the app throws while it is loaded, or with a `HostError` that says what in the app, in `host.json` or in
 * the settings this host cannot run.
 */
export async function startHost(options: HostOptions): Promise<FunctionsHost> {
  let ended = false;
  const emit: Emit = (event) => {
    if (!ended) options.log?.({ ...event, at: new Date() });
  };
  const restoreSettings = applySettings(options.settings);
  let unload: (() => void) | undefined;
  try {
    const hostJson = await readSettings(options.root);
    const registry: AppRegistry = new AppRegistry(hostVersion, (level, category, message) => {
      const line = applyLogHooks(
        registry,
        { level, category, message },
        { hookData: {}, appHookData: registry.appHookData },
      );
      emit({ type: 'log', level: line.level, category, text: line.message });
    });
    unload = await loadApp(options.root, registry);
    await finishStartup(registry, options.root);
    const running = await run(options, registry, hostJson, emit);
    const fail = (error: unknown): void => {
      if (ended) return;
      emit({ type: 'app-ended', error });
      ended = true;
      running.abandon();
      options.onFatal?.(error);
    };
    if (options.onFatal !== undefined) process.on('unhandledRejection', fail).on('uncaughtException', fail);
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      if (!ended) {
        await running.drain();
        await terminate(registry, emit);
      }
      process.off('unhandledRejection', fail).off('uncaughtException', fail);
      unload?.();
      restoreSettings();
    };
    return { url: running.url, functions: running.functions, close: () => (closing ??= close()) };
  } catch (error) {
    unload?.();
    restoreSettings();
    throw error;
  }
}

async function readSettings(root: string): Promise<HostJson> {
  const path = join(root, 'host.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HostError('host-json-invalid', `${path} cannot be read: ${String(cause)}`, cause);
  });
  return readHostJson(text, process.env);
}

async function finishStartup(registry: AppRegistry, root: string): Promise<void> {
  await runHooks(registry, 'appStart', { hookData: {}, appHookData: registry.appHookData, functionAppDirectory: root });
  registry.finishStartup();
  if (registry.functions.length === 0) return;
  // Asking also ends the time for `app.setup`.
  const capabilities = await registry.model.getCapabilities?.({});
  if (capabilities?.['HttpUri'] !== undefined) {
    throw new HostError(
      'http-streams-unsupported',
      'The local host has no HTTP streams: leave `enableHttpStream` out of `app.setup`.',
    );
  }
}

async function terminate(registry: AppRegistry, emit: Emit): Promise<void> {
  try {
    await runHooks(registry, 'appTerminate', { hookData: {}, appHookData: registry.appHookData });
  } catch (error) {
    emit({ type: 'host-error', doing: 'running the appTerminate hooks', error });
  }
}

interface RunningApp {
  readonly url: string;
  readonly functions: readonly FunctionInfo[];
  /** Ends the work in order, within the time for it. */
  drain(): Promise<void>;
  /** Drops everything, as the end of the worker's process would. */
  abandon(): void;
}

async function run(options: HostOptions, registry: AppRegistry, hostJson: HostJson, emit: Emit): Promise<RunningApp> {
  const openQueue = storageQueues();
  const found = findFunctions(registry, hostJson.routePrefix, openQueue);
  const deps: InvocationDeps = {
    registry,
    emit,
    writeOutputs: (target, response) => writeQueueOutputs(target, response, openQueue, hostJson.queues.messageEncoding),
  };
  const requests = new Set<Promise<InvocationResult>>();
  const http = await listen(options.port, {
    functions: found.http,
    allows: createKeyCheck(options.masterKey, options.functionKeys ?? {}),
    emit,
    run: async ({ target }, trigger) => {
      const request = runInvocation(target, trigger, { ...deps, statusOf });
      requests.add(request);
      return request.finally(() => requests.delete(request));
    },
  });
  for (const info of found.infos) {
    emit({ type: 'function-found', url: `${http.url}/${info.route ?? ''}`, function: info });
  }
  const start = (target: RegisteredFunction) => (trigger: Trigger) => runInvocation(target, trigger, deps);
  const queues = found.queue.map(
    ({ target, ...rest }) =>
      new QueueListener({
        ...rest,
        name: target.metadata.name,
        settings: hostJson.queues,
        leaseSeconds: options.leaseSeconds ?? 30,
        emit,
        run: start(target),
      }),
  );
  const statuses = options.stateDirectory === undefined ? undefined : new TimerStatusFiles(options.stateDirectory);
  const timers = found.timer.map(
    (timer) => new TimerListener({ timer, statuses, emit, now: () => new Date(), run: start(timer.target) }),
  );
  for (const queue of queues) queue.start();
  for (const timer of timers) await timer.start();
  const stop = (): Promise<unknown> => Promise.all([...timers, ...queues].map((listener) => listener.stop()));
  const abandon = (): void => {
    for (const queue of queues) queue.abandon();
    http.stop();
    http.destroy();
    // Handlers cannot be stopped; nobody waits for those that still run.
    void stop();
  };
  return {
    url: http.url,
    functions: found.infos,
    abandon,
    drain: async () => {
      http.stop();
      await within(options.drainSeconds ?? 10, Promise.all([stop(), ...requests]));
      abandon();
    },
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

/** Waits for work, but no longer than so many seconds. */
async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
