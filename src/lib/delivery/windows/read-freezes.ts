import type { Clock } from '../../model/clock.ts';
import type { FreezeStore } from './freeze-store.ts';
import type { Freeze } from './freeze.ts';

export interface ReadFreezes {
  readonly freezes: readonly Freeze[];
  /** When storage was asked for them: a push has to follow within 30 s of this time. */
  readonly readAt: Date;
}

/** How long an instance uses the freezes that it read. */
export const freezesKeptMs = 5_000;

/**
 * Reads the freezes, at most once in 5 s per instance. The promise of a freeze stays 60 s: a plan counts its 30 s from the
 * time of this reading, and a request to a Git host ends after 25 s.
 */
export function makeReadFreezes({ list }: Pick<FreezeStore, 'list'>, now: Clock): () => Promise<ReadFreezes> {
  let last: { readonly readAt: Date; readonly freezes: Promise<readonly Freeze[]> } | undefined;
  return async () => {
    const time = now();
    const age = last && time.getTime() - last.readAt.getTime();
    if (!last || age === undefined || age < 0 || age >= freezesKeptMs) {
      const reading = { readAt: time, freezes: list() };
      last = reading;
      reading.freezes.catch(() => {
        if (last === reading) last = undefined;
      });
    }
    const { readAt, freezes } = last;
    return { readAt, freezes: await freezes };
  };
}
