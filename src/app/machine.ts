import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../lib/model/clock.ts';

/** Time, waiting, chance and new ids. */
export interface Machine {
  readonly now: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly newId: () => string;
}

/** The machine that this process runs on. */
export const machine: Machine = { now: () => new Date(), sleep, random: Math.random, newId: randomUUID };
