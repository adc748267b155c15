/** How often it is looked whether npm, which started us, still lives. */
const parentCheckMs = 500;

/**
 * Ends the process cleanly on Ctrl-C and on SIGTERM; a second signal ends it at once. If `npm` started it and is killed,
 * it ends at once too: nobody else would, and the ports would stay taken.
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
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, parentCheckMs).unref();
}
