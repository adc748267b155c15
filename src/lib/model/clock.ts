/** The current time. A use case takes it as an argument, so that tests set it. */
export type Clock = () => Date;

/** Whether a time has not passed yet since this call, in milliseconds. */
export function timeLimit(longestMs: number, now: Clock): () => boolean {
  const startedAt = now().getTime();
  return () => now().getTime() - startedAt < longestMs;
}

/** How far the clocks of two machines may be apart before an age that is computed from both counts as unknown. */
const clockToleranceMs = 60_000;

/**
 * How long ago another machine wrote a time, in milliseconds. A time of more than a minute ahead counts as old. So work
 * waits at most a minute for a foreign clock.
 *
 * @param at ISO 8601
 */
export function ageMs(at: string, now: Date): number {
  const age = now.getTime() - Date.parse(at);
  return age >= -clockToleranceMs ? age : Infinity;
}
