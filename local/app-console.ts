import { format } from 'node:util';

/**
 * Takes the texts of the console from now on. Outside of invocations the app logs to the console of its process, which is that
 * of `npm start` too.
 */
export function divertConsole(onText: (text: string) => void): void {
  for (const method of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    console[method] = (...parts: unknown[]) => onText(format(...parts));
  }
}
