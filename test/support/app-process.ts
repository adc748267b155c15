import { formatHostEvent, startHost } from '../../local/host/host.ts';
import type { AppProcessMessage, AppProcessOptions } from './app-processes.ts';

/*
 * One process of the app: `dist/main.js` on the local host, as it is deployed. Its parent sends the options, gets the
 * URL once it is ready and then every line of the log, and kills it.
 */
function tell(message: AppProcessMessage): void {
  if (process.connected) process.send?.(message);
}

async function run({ root, settings, masterKey, leaseSeconds }: AppProcessOptions): Promise<void> {
  const host = await startHost({
    root,
    port: 0,
    masterKey,
    leaseSeconds,
    settings,
    log: (event) => {
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
  tell({ kind: 'ready', url: host.url });
}

process.on('disconnect', () => process.exit());
process.on('message', (message: 'memory' | AppProcessOptions) => {
  if (message === 'memory') tell({ kind: 'memory', peakBytes: process.resourceUsage().maxRSS * 1024 });
  else {
    run(message).catch((error: unknown) => {
      tell({ kind: 'fatal', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      process.exit(1);
    });
  }
});
