import { format } from 'node:util';
import type { LogLevel } from './core-types.ts';

type Sink = (level: LogLevel, text: string) => void;

const levels = { info: 'information', warn: 'warning', error: 'error' } as const;
const methods = ['info', 'warn', 'error'] as const;
const sinks: Sink[] = [];
let original: Pick<Console, (typeof methods)[number]> | undefined;

/**
 * Sends the lines that an app writes to the console, outside of its invocations, to the log of its host, as the Functions
 * host does. The console is the process's: of several hosts the latest gets the lines. Errors are printed too, because other
 * code of the process writes them.
 *
 * @returns a function that ends this
 */
export function captureConsole(sink: Sink): () => void {
  if (sinks.length === 0) install();
  sinks.push(sink);
  return () => {
    const at = sinks.indexOf(sink);
    if (at !== -1) sinks.splice(at, 1);
    if (sinks.length === 0 && original) {
      Object.assign(console, original);
      original = undefined;
    }
  };
}

function install(): void {
  const { info, warn, error } = console;
  original = { info, warn, error };
  for (const method of methods) {
    console[method] = (...words: unknown[]) => {
      sinks.at(-1)?.(levels[method], format(...words));
      if (method === 'error') error(...words);
    };
  }
}
