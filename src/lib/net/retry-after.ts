/**
 * The longest time, in seconds, that a host can stop requests: the longest rate-limit window of the known hosts (GitHub)
 * is an hour. A longer time is a mistake of the host, and would stop the app for good.
 */
export const longestWaitSeconds = 60 * 60;

/** `Retry-After` in seconds from now: a number of seconds or an HTTP date (RFC 9110, section 10.2.3), within the cap. */
export function retryAfterSeconds(header: string | null | undefined, now: Date): number | undefined {
  if (header === null || header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return capWait(Number(text));
  const time = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : capWait(Math.ceil((time - now.getTime()) / 1000));
}

/** A wait in seconds, from 0 to the cap. */
export function capWait(seconds: number): number {
  return Math.min(Math.max(0, seconds), longestWaitSeconds);
}
