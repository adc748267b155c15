import { guidOf } from '../server/guid.ts';
import { eventTypes } from './event.ts';
import type { HookEvent } from './event.ts';
import type { Subscription } from './subscription.ts';

export interface EnvelopeOptions {
  /** The event's own, the same for all subscriptions. */
  readonly eventId: string;
  /** Counted by subscription, from 1. */
  readonly notificationId: number;
  readonly createdDate: Date;
  /** URL of the organization, with a slash at its end. */
  readonly baseUrl: string;
}

/** The body that a subscriber gets: as much of the event as it has asked for. */
export function envelope(subscription: Subscription, event: HookEvent, options: EnvelopeOptions): object {
  const { consumerInputs, organization } = subscription;
  const version = versionOf(subscription, event);
  const container = (kind: string) => ({ id: guidOf(kind, organization), baseUrl: options.baseUrl });
  return {
    subscriptionId: subscription.id,
    notificationId: options.notificationId,
    id: options.eventId,
    eventType: event.eventType,
    publisherId: eventTypes[event.eventType].publisherId,
    ...message('message', consumerInputs['messagesToSend'], event.text),
    ...message('detailedMessage', consumerInputs['detailedMessagesToSend'], event.detailedText),
    ...resource(consumerInputs['resourceDetailsToSend'], event, version),
    resourceVersion: version,
    resourceContainers: {
      collection: container('collection'),
      account: container('organization'),
      project: { id: event.projectId, baseUrl: options.baseUrl },
    },
    createdDate: options.createdDate,
  };
}

function versionOf({ resourceVersion }: Subscription, { eventType }: HookEvent): string {
  const { versions } = eventTypes[eventType];
  return versions.find((version) => version === resourceVersion) ?? versions[0];
}

function message(field: string, wanted: string | undefined, text: string): object {
  const format = wanted?.toLowerCase() || 'all';
  if (format === 'none') return {};
  const all = { text, html: text, markdown: text };
  return { [field]: format === 'all' ? all : { [format]: text } };
}

function resource(wanted: string | undefined, { resource, minimal }: HookEvent, version: string): object {
  const detail = wanted?.toLowerCase() || 'all';
  if (detail === 'none') return {};
  const all = resource(version);
  if (detail !== 'minimal') return { resource: all };
  return { resource: Object.fromEntries(Object.entries(all).filter(([name]) => minimal.includes(name))) };
}
