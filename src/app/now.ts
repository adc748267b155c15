import type { Clock } from '../lib/model/clock.ts';

/** The clock of the machine. */
export const now: Clock = () => new Date();
