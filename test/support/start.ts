import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { root } from './platform.ts';

export interface StartedProcess {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves with the exit code, or the signal. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** `npm start -- …` as its own process; killed, if it still runs, when the test has ended. */
export function npmStart(args: readonly string[], env: Readonly<Record<string, string>> = {}): StartedProcess {
  const started = spawnStart(args, env);
  onTestFinished(() => void started.child.kill('SIGKILL'));
  return started;
}

/** The same for several tests, which kill it when they are done. */
export function spawnStart(args: readonly string[], env: Readonly<Record<string, string>> = {}): StartedProcess {
  const child = spawn(process.execPath, ['local/start.cjs', ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, npm_lifecycle_event: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 0);
  return { child, output: () => text, exited };
}

export interface Ready {
  readonly ready: true;
  readonly functions: string;
  readonly devops: string;
  /** URLs by host. */
  readonly registries: Readonly<Record<string, string>>;
  readonly key: string;
  readonly storage: string;
  /** Only with `--applications`. */
  readonly argocd?: string;
}

/** The line of JSON that `--serve` prints once it is ready. */
export async function readyLine({ child, output, exited }: StartedProcess): Promise<Ready> {
  if (!child.stdout) throw new Error('standard output is not piped');
  const lines = createInterface({ input: child.stdout });
  const ended = exited.then((code) => {
    throw new Error(`ended with ${code} before it was ready:\n${output()}`);
  });
  const line = await Promise.race([once(lines, 'line'), ended]);
  ended.catch(() => undefined); // From now on an end is what the test expects.
  return JSON.parse(String(line[0])) as Ready;
}
