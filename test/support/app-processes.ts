import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface AppProcessOptions {
  /** Folder of the app: `host.json`, `package.json` and the built `dist/main.js`. */
  readonly root: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly masterKey: string;
  /** How long the messages of a killed process stay hidden. */
  readonly leaseSeconds: number;
}

export type AppProcessMessage =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'memory'; readonly peakBytes: number }
  | { readonly kind: 'fatal'; readonly reason: string };

export interface AppProcess {
  readonly pid: number | undefined;
  /** Of the local host. */
  readonly url: string;
  /** Highest resident set so far, in bytes. */
  readonly peakMemory: () => Promise<number>;
  /** SIGKILL; settles when the process is gone. */
  readonly kill: () => Promise<void>;
}

export interface AppProcessEvents {
  readonly onLine: (text: string) => void;
  /** The process has ended by itself. */
  readonly onFatal: (reason: string) => void;
}

/** Starts a process of the app; ready to take requests and messages when this settles. */
export async function startAppProcess(options: AppProcessOptions, events: AppProcessEvents): Promise<AppProcess> {
  const child = fork(join(import.meta.dirname, 'app-process.ts'), { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit');
  let killed = false;
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (reason: string): void => {
      reject(new Error(reason));
      if (!killed) events.onFatal(reason);
      killed = true;
    };
    child.on('error', reject);
    child.on('exit', (code, signal) => fail(`the app's process ended with ${code ?? signal}`));
    child.on('message', (message: AppProcessMessage) => {
      if (message.kind === 'ready') resolve(message.url);
      if (message.kind === 'line') events.onLine(message.text);
      if (message.kind === 'fatal') fail(message.reason);
    });
    child.send(options);
  });
  return {
    pid: child.pid,
    url,
    async peakMemory() {
      const answer = new Promise<number>((resolve) => {
        const listen = (message: AppProcessMessage): void => {
          if (message.kind !== 'memory') return;
          child.off('message', listen);
          resolve(message.peakBytes);
        };
        child.on('message', listen);
      });
      child.send('memory');
      return answer;
    },
    async kill() {
      killed = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
