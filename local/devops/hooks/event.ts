import type { Subscription } from './subscription.ts';
import { isSameName } from '../server/same-name.ts';

/** The kinds of events that are sent: who publishes them, and the versions of their resources, newest first. */
export const eventTypes = {
  'build.complete': { publisherId: 'tfs', versions: ['2.0', '1.0'] },
  'ms.vss-pipelines.run-state-changed-event': { publisherId: 'pipelines', versions: ['5.1-preview.1'] },
  'ms.vss-pipelines.stage-state-changed-event': { publisherId: 'pipelines', versions: ['5.1-preview.1'] },
  'git.push': { publisherId: 'tfs', versions: ['1.0'] },
  'git.pullrequest.created': { publisherId: 'tfs', versions: ['1.0', '1.0-preview.1'] },
  'git.pullrequest.updated': { publisherId: 'tfs', versions: ['1.0', '1.0-preview.1'] },
  'git.pullrequest.merged': { publisherId: 'tfs', versions: ['1.0', '1.0-preview.1'] },
} as const satisfies Record<string, { readonly publisherId: string; readonly versions: readonly string[] }>;

export type EventType = keyof typeof eventTypes;

/** Something that has happened, before it is written down for anyone. */
export interface HookEvent {
  readonly organization: string;
  readonly projectId: string;
  readonly eventType: EventType;
  /** Values of the filters of subscriptions that let it through, by their names. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly text: string;
  readonly detailedText: string;
  /** In the shape of a version. */
  readonly resource: (version: string) => Readonly<Record<string, unknown>>;
  /** Fields that stay of a resource that is sent minimally. */
  readonly minimal: readonly string[];
}

export function isEventType(name: string): name is EventType {
  return Object.hasOwn(eventTypes, name);
}

/** Whether a subscription wants an event. An empty input, or one that is not a filter of this event, matches all. */
export function wants(subscription: Subscription, event: HookEvent): boolean {
  const { organization, eventType, publisherInputs } = subscription;
  const filters: HookEvent['filters'] = { ...event.filters, projectId: [event.projectId] };
  return (
    isSameName(organization, event.organization) &&
    eventType === event.eventType &&
    Object.entries(publisherInputs).every(([name, wanted]) => {
      const values = filters[name];
      return wanted === '' || values === undefined || values.some((value) => isSameName(value, wanted));
    })
  );
}
