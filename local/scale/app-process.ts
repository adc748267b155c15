import { formatHostEvent, startHost } from '../host/host.ts';
import type { FunctionsHost } from '../host/host.ts';
import type { AppProcessMessage, AppProcessOptions } from './app-processes.ts';
import { liveHeap } from './live-heap.ts';
import { peakMemory } from './peak-memory.ts';

/*
 * One process of the app: the deployed `dist/main.js` on the local host. Its parent sends the options, gets the
 * URL once it is ready, then every line of the log and its peak memory, and drains or kills it.
 */

/** How often the peak memory is sent. */
const memoryMs = 1_000;
let running: FunctionsHost | undefined;
let invocations = 0;

function tell(message: AppProcessMessage): void {
  if (process.connected) process.send?.(message);
}

function exit(): never {
  process.exit();
}

async function run(options: AppProcessOptions): Promise<void> {
  running = await startHost({
    ...options,
    port: 0,
    log: (event) => {
      if (event.type === 'invocation-started') tell({ kind: 'activity', running: (invocations += 1) });
      if (event.type === 'invocation-finished') tell({ kind: 'activity', running: (invocations -= 1) });
      if (event.type === 'log') tell({ kind: 'line', text: event.text });
      else if (event.type !== 'invocation-started' && event.type !== 'function-found') {
        if (event.type === 'invocation-finished' && event.outcome === 'succeeded') return;
        tell({ kind: 'line', text: formatHostEvent(event) });
      }
    },
    onFatal: (error) => {
      tell({ kind: 'fatal', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.exit(1);
    },
  });
  tell({ kind: 'ready', url: running.url, functions: running.functions });
}

process.on('disconnect', () => process.exit());
setInterval(() => tell({ kind: 'memory', peakBytes: peakMemory() }), memoryMs).unref();
process.on('message', (message: 'heap' | 'drain' | AppProcessOptions) => {
  if (message === 'heap') tell({ kind: 'heap', liveBytes: liveHeap() });
  else if (message === 'drain') {
    running?.close().then(exit, exit);
  } else {
    run(message).catch((error: unknown) => {
      tell({ kind: 'fatal', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.exit(1);
    });
  }
});
