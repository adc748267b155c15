/**
 * Runs of one key, one after the other. A caller during a run waits for the next run, together with all other callers
 * of that time. The next run begins after they called, so it sees their writes.
 */
export function shareRuns(): (key: string, run: () => Promise<void>) => Promise<void> {
  const running = new Map<string, { readonly current: Promise<void>; next?: Promise<void> }>();

  function start(key: string, run: () => Promise<void>): Promise<void> {
    const entry: { readonly current: Promise<void>; next?: Promise<void> } = { current: run().finally(ended) };
    function ended(): void {
      if (entry.next === undefined) running.delete(key);
    }
    running.set(key, entry);
    return entry.current;
  }

  return (key, run) => {
    const entry = running.get(key);
    if (!entry) return start(key, run);
    entry.next ??= entry.current.then(
      () => start(key, run),
      () => start(key, run),
    );
    return entry.next;
  };
}
