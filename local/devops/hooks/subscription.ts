import { z } from 'zod';
import { optional } from '../server/optional.ts';

export type SubscriptionStatus = 'enabled' | 'onProbation' | 'disabledByUser' | 'disabledBySystem';

/** Who gets which events. Every input is a text. */
export interface Subscription {
  readonly id: string;
  readonly organization: string;
  readonly publisherId: string;
  readonly eventType: string;
  readonly resourceVersion: string;
  readonly consumerId: string;
  readonly consumerActionId: string;
  readonly publisherInputs: Readonly<Record<string, string>>;
  readonly consumerInputs: Readonly<Record<string, string>>;
  readonly status: SubscriptionStatus;
  /** Deliveries that have failed on probation. */
  readonly probationRetries: number;
  readonly lastProbationRetryDate?: Date;
  readonly createdDate: Date;
  readonly modifiedDate: Date;
}

const text = z
  .string()
  .nullable()
  .transform((value) => value ?? '');
const inputs = optional(z.record(z.string(), text));

/** The fields of a subscription in a request. */
export const subscriptionBodySchema = z.object({
  publisherId: z.string(),
  eventType: z.string(),
  resourceVersion: optional(z.string()),
  consumerId: z.string(),
  consumerActionId: z.string(),
  publisherInputs: inputs,
  consumerInputs: inputs,
  status: optional(z.union([z.string(), z.number()])),
});

/** Inputs that no answer shows. */
const secretInputs = new Set(['basicAuthPassword', 'httpHeaders']);
const mask = '********';

export function masked(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, secretInputs.has(name) ? mask : value]),
  );
}

/** A masked value in a request means the stored one. */
export function unmasked(
  given: Readonly<Record<string, string>>,
  kept: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === mask ? (kept[name] ?? value) : value]),
  );
}
