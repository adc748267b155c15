import type { Call } from '../server/call.ts';
import { ServiceError } from '../server/service-error.ts';
import type { Subscription } from './subscription.ts';

/** The subscription that a route names. Throws 404 where the organization has no such one. */
export function findSubscription({ platform, organization, route }: Call): Subscription {
  const id = route.subscriptionId?.toLowerCase();
  const found = platform.hooks.subscriptions(organization).find((subscription) => subscription.id === id);
  if (found) return found;
  throw new ServiceError('SubscriptionNotFoundException', `Subscription ${route.subscriptionId} was not found.`);
}
