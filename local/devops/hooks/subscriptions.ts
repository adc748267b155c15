import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { readEnum } from '../git/version.ts';
import type { Call } from '../server/call.ts';
import { identityRef } from '../server/identity.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { checkSubscription } from './check-subscription.ts';
import { findSubscription } from './find.ts';
import { masked, subscriptionBodySchema, unmasked } from './subscription.ts';
import type { Subscription } from './subscription.ts';

const settable = { enabled: 0, onProbation: 1, disabledByUser: 2, disabledBySystem: 3 };
const settableNames = ['enabled', 'onProbation', 'disabledByUser', 'disabledBySystem'] as const;

/** The service hooks of an organization. */
export const subscriptions: Resource = {
  id: 'fc50d02a-849f-41fb-8af1-0a5216103269',
  area: 'hooks',
  name: 'subscriptions',
  routeTemplate: '_apis/{area}/{resource}/{subscriptionId}',
  resourceVersion: 1,
  methods: {
    GET: async (call) => {
      if (call.route.subscriptionId !== undefined) return json(describe(call, findSubscription(call)));
      const { query } = call;
      return list(
        search(call, {
          publisherId: query.text('publisherId'),
          eventType: query.text('eventType'),
          consumerId: query.text('consumerId'),
          consumerActionId: query.text('consumerActionId'),
        }),
      );
    },
    POST: (call) => save(call, undefined),
    PUT: (call) => save(call, findSubscription(call)),
    DELETE: async (call) => {
      call.platform.hooks.remove(findSubscription(call).id);
      return { status: 204 };
    },
  },
};

const querySchema = z.object({
  publisherId: optional(z.string()),
  eventType: optional(z.string()),
  consumerId: optional(z.string()),
  consumerActionId: optional(z.string()),
});

function search(call: Call, wanted: z.infer<typeof querySchema>): object[] {
  const fits = (subscription: Subscription): boolean =>
    (wanted.publisherId ?? subscription.publisherId) === subscription.publisherId &&
    (wanted.eventType ?? subscription.eventType) === subscription.eventType &&
    (wanted.consumerId ?? subscription.consumerId) === subscription.consumerId &&
    (wanted.consumerActionId ?? subscription.consumerActionId) === subscription.consumerActionId;
  return call.platform.hooks
    .subscriptions(call.organization)
    .filter(fits)
    .map((subscription) => describe(call, subscription));
}

async function save(call: Call, known: Subscription | undefined): Promise<Reply> {
  const body = await readJson(call, subscriptionBodySchema);
  checkSubscription(body);
  const now = call.platform.now();
  const { status, resourceVersion, publisherInputs = {}, consumerInputs = {}, ...names } = body;
  const wanted = status === undefined ? 'enabled' : settableNames[readEnum(settable, status, 'status')];
  const saved = call.platform.hooks.put({
    id: known?.id ?? randomUUID(),
    organization: call.organization,
    ...names,
    resourceVersion: resourceVersion ?? known?.resourceVersion ?? 'latest',
    publisherInputs,
    consumerInputs: unmasked(consumerInputs, known?.consumerInputs ?? {}),
    status: wanted ?? 'enabled',
    probationRetries: 0,
    createdDate: known?.createdDate ?? now,
    modifiedDate: now,
  });
  return json(describe(call, saved));
}

function describe({ platform, organization }: Call, { organization: _own, ...subscription }: Subscription): object {
  const base = platform.organizationUrl(organization);
  const url = `${base}/_apis/hooks/subscriptions/${subscription.id}`;
  return {
    ...subscription,
    url,
    eventDescription: 'Any',
    actionDescription: `To host ${new URL(subscription.consumerInputs['url'] ?? base).host}`,
    createdBy: identityRef(base),
    modifiedBy: identityRef(base),
    consumerInputs: masked(subscription.consumerInputs),
    _links: { self: { href: url }, notifications: { href: `${url}/notifications` } },
  };
}
