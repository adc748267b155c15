import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captureConsole } from './app-console.ts';
import { AppRegistry } from './app-registry.ts';
import { HostError } from './host-error.ts';
import type { Emit, FunctionInfo, HostEvent } from './host-event.ts';
import { readHostJson, type HostJson } from './host-json.ts';
import { loadApp } from './load-app.ts';
import { runApp, type RunOptions } from './run-app.ts';
import { applyLogHooks, runHooks } from './run-invocation.ts';
import { applySettings, type Settings } from './settings.ts';
import { within } from './within.ts';

export { formatHostEvent } from './format-event.ts';
export type { FunctionInfo, HostEvent } from './host-event.ts';

export interface HostOptions extends Omit<RunOptions, 'leaseSeconds' | 'drainSeconds'> {
  /** How long a message stays hidden when its worker dies; Azure's is 600. Default 30. */
  readonly leaseSeconds?: number;
  /** How long `close` waits for running invocations, and then for the `appTerminate` hooks. Default 10. */
  readonly drainSeconds?: number;
  /** The folder with `host.json` and the `package.json` whose `main` is the app. */
  readonly root: string;
  /** App settings: in `process.env` while the host runs. */
  readonly settings: Settings;
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
  readonly close: () => Promise<void>;
}

/** The version of the Functions host whose behaviour this one follows. */
const hostVersion = '4.1037.0';

/**
 * Runs a Functions app (Node.js programming model v4) in this process: its HTTP, storage queue and timer functions.
 *
 * Rejects with the error of the app's load, or with a `HostError` that names the problem in the app, in `host.json` or in
 * the settings this host cannot run.
 */
export async function startHost(given: HostOptions): Promise<FunctionsHost> {
  const options = { leaseSeconds: 30, drainSeconds: 10, ...given };
  let ended = false;
  const emit: Emit = (event) => {
    if (!ended) options.log?.({ ...event, at: new Date() });
  };
  const restoreSettings = applySettings(options.settings);
  const releaseConsole = captureConsole((level, text) => emit({ type: 'log', level, category: 'user', text }));
  const restore = (): void => {
    restoreSettings();
    releaseConsole();
  };
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
    await loadApp(options.root, registry);
    await finishStartup(registry, options.root);
    const running = await runApp(options, registry, hostJson, hostVersion, emit);
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
        await within(options.drainSeconds, terminate(registry, emit));
      }
      process.off('unhandledRejection', fail).off('uncaughtException', fail);
      restore();
    };
    return { url: running.url, functions: running.functions, close: () => (closing ??= close()) };
  } catch (error) {
    restore();
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
