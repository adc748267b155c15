import type { HookEvent } from './event.ts';
import type { Subscription } from './subscription.ts';

/** One event for one subscriber, and what has come of it. */
export interface Notification {
  /** Counted by subscription, from 1. */
  readonly id: number;
  /** The subscription at that time. */
  readonly subscription: Subscription;
  readonly eventId: string;
  readonly event: HookEvent;
  readonly status: 'queued' | 'requestInProgress' | 'completed';
  /** `filtered` is an event that its subscription was not in a state to get. */
  readonly result: 'pending' | 'succeeded' | 'failed' | 'filtered';
  readonly createdDate: Date;
  readonly modifiedDate: Date;
  readonly requestAttempts: number;
  readonly request?: string;
  readonly response?: string;
  readonly errorMessage?: string;
}

/** Statuses after which the service tries again by itself, soon. */
const transient = new Set([408, 502, 503, 504]);

export type Verdict = 'delivered' | 'transient' | 'gone' | 'enduring' | 'stopped';

/** The effect of an answer on its subscription. Without an answer, the receiver may still be starting. */
export function verdictOf(status: number | undefined): Verdict {
  if (status === undefined || transient.has(status)) return 'transient';
  if (status >= 200 && status < 300) return 'delivered';
  return status === 410 ? 'gone' : 'enduring';
}

/** How long the service waits, in milliseconds: after transient failures, and while a subscription is on probation. */
export interface HookWaits {
  readonly retries: readonly number[];
  readonly probation: readonly number[];
}

const minute = 60_000;

/** The service's own ("Troubleshoot service hooks"). */
export const serviceWaits: HookWaits = {
  retries: [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000),
  probation: [20, 40, 80, 160, 320, 640, 900].map((minutes) => minutes * minute),
};

/** The parts of the book that a delivery needs. */
export interface Delivery {
  readonly subscription: () => Subscription | undefined;
  readonly changeSubscription: (change: Partial<Subscription>) => void;
  /** Requests so far. */
  readonly attempts: () => number;
  readonly change: (change: Partial<Notification>) => void;
}
