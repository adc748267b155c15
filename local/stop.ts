import { readFileSync } from 'node:fs';

/** How often it is looked whether npm, which started us, still lives. */
const parentCheckMs = 100;

/**
 * Ends the process cleanly on Ctrl-C and on SIGTERM; a second signal ends it at once. If `npm` started it and is killed,
 * it ends at once too: nobody else would end it, and its ports and its storage would stay taken.
 *
 * @param close stops what has been started, also when it is still starting
 */
export function stopWith(close: () => Promise<void>): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (process.env['npm_lifecycle_event'] !== 'start') return;
  const ancestors = findAncestors();
  setInterval(() => {
    if (findAncestors() !== ancestors) process.exit(1);
  }, parentCheckMs).unref();
}

/** npm runs a script in a shell, which outlives npm: where the system tells, the shell's parent counts too. */
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
