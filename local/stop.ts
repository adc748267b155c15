import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** Interval of the check whether npm, the parent process, still lives. */
const parentCheckMs = 100;
/** npm, and a signal to a whole group, send a signal twice: only a later one means `at once`. */
const repeatMs = 1_000;
/** A part that does not stop by itself for this long is ended. */
const longestStopMs = 15_000;

export interface StopOptions {
  /** Stops what has been started, also when it is still starting. */
  readonly close: () => Promise<void>;
  /** The work is done when it is stopped; without, a stop ends it early, and the exit code shows that. */
  readonly isServing: () => boolean;
}

/**
 * Ends the process cleanly on Ctrl-C and on SIGTERM; a second signal ends it at once. If `npm` started it and is killed,
 * it ends at once too, because otherwise its ports and its storage would stay taken.
 */
export function stopWith({ close, isServing }: StopOptions): void {
  let stoppedAt: number | undefined;
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const code = isServing() ? 0 : 128 + constants.signals[signal];
    if (stoppedAt !== undefined) {
      if (performance.now() - stoppedAt > repeatMs) process.exit(130);
      return;
    }
    stoppedAt = performance.now();
    setTimeout(() => process.exit(1), longestStopMs).unref();
    // An error that the stop itself caused is not reported.
    close().then(
      () => process.exit(code),
      () => process.exit(code),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // The reader of the output has closed it: `… | head`.
  process.stdout.on('error', () => process.exit(1));
  if (process.env['npm_lifecycle_event'] !== 'start') return;
  const ancestors = findAncestors();
  setInterval(() => {
    if (findAncestors() !== ancestors) process.exit(1);
  }, parentCheckMs).unref();
}

/** npm runs a script in a shell, which outlives npm: where the system shows it, the shell's parent counts too. */
function findAncestors(): string {
  const { ppid } = process;
  try {
    const stat = readFileSync(`/proc/${ppid}/stat`, 'utf8');
    // The second field, the name in parentheses, may hold anything.
    return `${ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? ''}`;
  } catch {
    return String(ppid); // Not Linux, or the shell is gone.
  }
}
