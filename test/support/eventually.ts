import { vi } from 'vitest';

/**
 * Repeats `check` until it does not throw. The limits of `vi.waitFor` (one second by default) measure the machine: an event that takes
 * 50 ms alone takes seconds beside other tests.
 *
 * @param seconds the limit; more than the default only for work that is long on an idle machine
 * @param everyMs the pause between two checks; more than the default only if a check is itself work for the app
 * @returns the result of `check` @throws the last error of `check`
 */
export function eventually<T>(
  check: () => T | Promise<T>,
  { seconds = 30, everyMs = 20 }: { readonly seconds?: number; readonly everyMs?: number } = {},
): Promise<T> {
  return vi.waitFor(check, { timeout: seconds * 1_000, interval: everyMs });
}
