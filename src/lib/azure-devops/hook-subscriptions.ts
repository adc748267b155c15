import { z } from 'zod';
import type { DevOpsConnection } from './connections.ts';
import { askJson } from './json.ts';

const inputs = z
  .record(z.string(), z.string().nullish())
  .nullish()
  .transform((given) => Object.fromEntries(Object.entries(given ?? {}).map(([name, text]) => [name, text ?? ''])));

const subscriptionSchema = z.object({
  id: z.string().regex(/^[0-9a-f-]{36}$/i),
  publisherId: z.string(),
  eventType: z.string(),
  resourceVersion: z.string().nullish(),
  consumerId: z.string(),
  consumerActionId: z.string(),
  /** `enabled`, `onProbation`, `disabledByUser`, `disabledBySystem`, `disabledByInactiveIdentity`. */
  status: z.string().default('enabled'),
  publisherInputs: inputs,
  /** Headers and passwords come back masked. */
  consumerInputs: inputs,
});

/** A service hook subscription ("Hooks - Subscriptions" in the REST reference). */
export type HookSubscription = Readonly<z.infer<typeof subscriptionSchema>>;

/** The written form of a subscription: every input is text; absent inputs have their defaults. */
export interface HookSubscriptionBody {
  readonly publisherId: string;
  readonly eventType: string;
  readonly resourceVersion: string;
  readonly consumerId: 'webHooks';
  readonly consumerActionId: 'httpRequest';
  readonly publisherInputs: Readonly<Record<string, string>>;
  readonly consumerInputs: Readonly<Record<string, string>>;
  readonly status?: string;
}

/** The service hooks of one collection, as far as who signs in may see them. Each method throws a `Failure`. */
export interface HookSubscriptions {
  /** Those that call URLs, of every project that may be seen. */
  list(): Promise<readonly HookSubscription[]>;
  create(body: HookSubscriptionBody): Promise<HookSubscription>;
  /** Replaces all of a subscription. */
  replace(id: string, body: HookSubscriptionBody): Promise<HookSubscription>;
}

/** Of Azure DevOps Server 2019; all later ones and the service know it. */
const version = 'api-version=5.0';

export function makeHookSubscriptions({ endpoint, http }: DevOpsConnection): HookSubscriptions {
  const base = `${endpoint}/_apis/hooks/subscriptions`;
  const listSchema = z.object({ value: z.array(subscriptionSchema) });
  return {
    list: async () =>
      (await askJson(http, { method: 'GET', url: `${base}?consumerId=webHooks&${version}` }, listSchema)).value,
    create: (body) => askJson(http, { method: 'POST', url: `${base}?${version}`, body }, subscriptionSchema),
    replace: (id, body) => askJson(http, { method: 'PUT', url: `${base}/${id}?${version}`, body }, subscriptionSchema),
  };
}
