import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { FunctionInfo } from '../host/host-event.ts';
import type { FunctionGroup } from '../host/function-group.ts';

export interface AppProcessOptions {
  /** Folder of the app: `host.json`, `package.json` and the built `dist/main.js`. */
  readonly root: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly masterKey: string;
  /** How long the messages of a killed process stay hidden. */
  readonly leaseSeconds: number;
  /** Where the status of timers outlives the process, so that the next one makes up for a missed run. */
  readonly stateDirectory?: string;
  /** Runs only the functions of this group; `none`: loads the app without running anything. */
  readonly group?: FunctionGroup | 'none';
}

export type AppProcessMessage =
  | { readonly kind: 'ready'; readonly url: string; readonly functions: readonly FunctionInfo[] }
  /** How many invocations run. */
  | { readonly kind: 'activity'; readonly running: number }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'memory'; readonly peakBytes: number }
  | { readonly kind: 'heap'; readonly liveBytes: number }
  | { readonly kind: 'fatal'; readonly reason: string };

export interface AppProcess {
  readonly pid: number | undefined;
  /** Of the local host. */
  readonly url: string;
  /** The highest resident set, in bytes, up to a second ago. */
  readonly peakMemory: () => number;
  /** Collects garbage. The bytes that the heap then holds. */
  readonly liveHeap: () => Promise<number>;
  readonly functions: readonly FunctionInfo[];
  /** Lets running invocations end; settles when the process is gone. */
  readonly drain: () => Promise<void>;
  /** SIGKILL; settles when the process is gone. */
  readonly kill: () => Promise<void>;
}

export interface AppProcessEvents {
  readonly onLine: (text: string) => void;
  /** The process has ended by itself. */
  readonly onFatal: (reason: string) => void;
  readonly onActivity?: (running: number) => void;
}

/** Node's limit of the old generation in a deployed instance, half of its 2,048 MB. With a higher limit Node collects later. */
const heapMegabytes = 1024;

/** The program of the processes, as one file of JavaScript: without a compiler in it, it starts fast and stays small. */
export interface AppProgram {
  readonly file: string;
  /** The folder of the file, for other files that last as long. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

export async function buildAppProgram(): Promise<AppProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'tagrelay-program-'));
  const file = join(folder, 'app-process.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'app-process.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
  });
  return { file, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts a process of the app; ready to take requests and messages when this settles. */
export async function startAppProcess(
  program: AppProgram,
  options: AppProcessOptions,
  events: AppProcessEvents,
): Promise<AppProcess> {
  const child = fork(program.file, { execArgv: [`--max-old-space-size=${heapMegabytes}`] });
  const exited = once(child, 'exit');
  let killed = false;
  let peakBytes = 0;
  const { url, functions } = await new Promise<Extract<AppProcessMessage, { kind: 'ready' }>>((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new Error(reason));
      if (!killed) events.onFatal(reason);
      killed = true;
    };
    child.on('error', reject);
    child.on('exit', (code, signal) => fail(`the app's process ended with ${code ?? signal}`));
    child.on('message', (message: AppProcessMessage) => {
      if (message.kind === 'ready') resolve(message);
      if (message.kind === 'activity') events.onActivity?.(message.running);
      if (message.kind === 'memory') peakBytes = message.peakBytes;
      if (message.kind === 'line') events.onLine(message.text);
      if (message.kind === 'fatal') fail(message.reason);
    });
    child.send(options);
  });
  return {
    pid: child.pid,
    url,
    functions,
    async drain() {
      killed = true;
      child.send('drain');
      await exited;
    },
    peakMemory: () => peakBytes,
    async liveHeap() {
      const answer = new Promise<number>((resolve) => {
        const listen = (message: AppProcessMessage): void => {
          if (message.kind !== 'heap') return;
          child.off('message', listen);
          resolve(message.liveBytes);
        };
        child.on('message', listen);
      });
      child.send('heap');
      return answer;
    },
    async kill() {
      killed = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The functions of an app, by a process that runs none of them. */
export async function describeApp(program: AppProgram, options: AppProcessOptions): Promise<readonly FunctionInfo[]> {
  const events = { onLine: () => undefined, onFatal: () => undefined };
  const process = await startAppProcess(program, { ...options, group: 'none' }, events);
  await process.kill();
  return process.functions;
}
