/**
 * Waits until all have ended.
 *
 * @throws the first error, after that
 */
export async function allEnd<T extends readonly unknown[] | []>(
  runs: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(runs);
  return Promise.all(runs);
}
