const minimumMs = 100;
const spread = 0.2;

/**
 * How long a queue listener waits after a poll that found nothing: 100 ms, then about twice as long each time (each step
 * 20 % more or less, by chance), up to `maximumMs`; from the start again after a poll that found something. This is the
 * `RandomizedExponentialBackoffStrategy` of the storage extension.
 */
export function pollingDelay(
  maximumMs: number,
  random: () => number = Math.random,
): (foundMessages: boolean) => number {
  let exponent = 0;
  return (foundMessages) => {
    if (foundMessages) exponent = 0;
    const chance = 1 - spread + random() * 2 * spread;
    const increment = exponent === 0 ? 0 : chance * 2 ** (exponent - 1) * minimumMs;
    const delay = minimumMs + increment;
    if (delay >= maximumMs) return maximumMs;
    exponent += 1;
    return delay;
  };
}
