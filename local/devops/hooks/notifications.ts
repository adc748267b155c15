import { z } from 'zod';
import type { Call } from '../server/call.ts';
import { readJson } from '../server/json-body.ts';
import { json, list } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { ServiceError } from '../server/service-error.ts';
import { checkSubscription } from './check-subscription.ts';
import { isEventType } from './event.ts';
import { findSubscription } from './find.ts';
import type { Notification } from './notification.ts';
import { sampleEvent } from './sample.ts';
import { masked, subscriptionBodySchema } from './subscription.ts';
import type { Subscription } from './subscription.ts';

/** The notifications of a subscriber with their results, the newest first. */
export const notifications: Resource = {
  id: '0c62d343-21b0-4732-997b-017fde84dc28',
  area: 'hooks',
  name: 'notifications',
  routeTemplate: '_apis/{area}/subscriptions/{subscriptionId}/{resource}/{notificationId}',
  resourceVersion: 1,
  methods: {
    GET: async (call) => {
      const all = call.platform.hooks.notifications(findSubscription(call).id);
      return call.route.notificationId === undefined ? list(all.map(describe)) : json(describe(findOne(call, all)));
    },
  },
};

/** A test has this in place of a subscription's id. */
const noSubscription = '00000000-0000-0000-0000-000000000000';
const testSchema = z.object({ details: subscriptionBodySchema });

/** The button "Test": sends a sample with invented values; the subscription need not exist. */
export const testNotifications: Resource = {
  id: '1139462c-7e27-4524-a997-31b9b73551fe',
  area: 'hooks',
  name: 'testNotifications',
  routeTemplate: '_apis/{area}/{resource}/{notificationId}',
  resourceVersion: 1,
  methods: {
    GET: async (call) => json(describe(findOne(call, call.platform.hooks.notifications(noSubscription)))),
    POST: async (call) => {
      const { details } = await readJson(call, testSchema);
      checkSubscription(details);
      const eventType = isEventType(details.eventType) ? details.eventType : 'git.push';
      const event = sampleEvent(call.organization, eventType);
      return json(describe(call.platform.hooks.send(draft(call, details), event)));
    },
  },
};

function draft(call: Call, details: z.infer<typeof subscriptionBodySchema>): Subscription {
  const { status: _status, publisherInputs = {}, consumerInputs = {}, resourceVersion = 'latest', ...names } = details;
  const now = call.platform.now();
  return {
    ...names,
    id: noSubscription,
    organization: call.organization,
    resourceVersion,
    publisherInputs,
    consumerInputs,
    status: 'enabled',
    probationRetries: 0,
    createdDate: now,
    modifiedDate: now,
  };
}

function findOne({ route }: Call, notifications: readonly Notification[]): Notification {
  const found = notifications.find(({ id }) => String(id) === route.notificationId);
  if (found) return found;
  throw new ServiceError('NotificationNotFoundException', `Notification ${route.notificationId} was not found.`);
}

function describe({ subscription, event, request, response, errorMessage, requestAttempts, ...rest }: Notification) {
  const { id, publisherId, consumerId, consumerActionId, publisherInputs, consumerInputs } = subscription;
  return {
    ...rest,
    subscriptionId: id,
    details: {
      eventType: event.eventType,
      publisherId,
      publisherInputs,
      consumerId,
      consumerActionId,
      consumerInputs: masked(consumerInputs),
      requestAttempts,
      ...(request === undefined ? {} : { request, response }),
      ...(errorMessage === undefined ? {} : { errorMessage }),
    },
  };
}
