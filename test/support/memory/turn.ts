/**
 * Runs one call to the outside. A simulation decides when its turn is, and whether it fails, or its answer is lost.
 *
 * @param name of the call, for people
 */
export type Turn = <T>(name: string, act: () => T) => Promise<T>;

/** Every call at once. */
export const atOnce: Turn = async (_name, act) => {
  await Promise.resolve();
  return act();
};
