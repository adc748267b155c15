import { randomUUID } from 'node:crypto';
import { isSameName } from '../server/same-name.ts';
import { deliver } from './deliver.ts';
import { envelope } from './envelope.ts';
import { wants } from './event.ts';
import type { EventType, HookEvent } from './event.ts';
import { serviceWaits } from './notification.ts';
import type { HookWaits, Notification } from './notification.ts';
import type { Subscription } from './subscription.ts';

export interface HookBookOptions {
  readonly now: () => Date;
  readonly organizationUrl: (organization: string) => string;
  /** The service's own where they are left out. */
  readonly waits?: Partial<HookWaits>;
}

/** Notifications that are kept for each subscription; the service keeps them for two weeks. */
const kept = 1_000;

/** The service hooks since the emulator was started: who gets which events, and what came of each delivery. */
export class HookBook {
  readonly #options: HookBookOptions;
  readonly #waits: HookWaits;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #notifications = new Map<string, Map<number, Notification>>();
  readonly #counters = new Map<string, number>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: HookBookOptions) {
    this.#options = options;
    this.#waits = { ...serviceWaits, ...options.waits };
  }

  subscriptions(organization: string): readonly Subscription[] {
    return [...this.#subscriptions.values()].filter((subscription) =>
      isSameName(subscription.organization, organization),
    );
  }

  put(subscription: Subscription): Subscription {
    this.#subscriptions.set(subscription.id, subscription);
    return subscription;
  }

  remove(id: string): void {
    this.#subscriptions.delete(id);
    this.#notifications.delete(id);
  }

  /** The newest first. */
  notifications(subscriptionId: string): readonly Notification[] {
    return [...this.#listOf(subscriptionId).values()].toReversed();
  }

  /** Whether anybody wants events of this kind: if not, they need not be made. */
  isHeard(eventType: EventType): boolean {
    return [...this.#subscriptions.values()].some((subscription) => subscription.eventType === eventType);
  }

  /** Sends an event to every subscriber, after the answer to the request that caused it. */
  publish(event: HookEvent): void {
    const eventId = randomUUID();
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.status.startsWith('disabled') || !wants(subscription, event)) continue;
      this.send(subscription, event, eventId);
    }
  }

  /** Sends an event to one subscriber. While it is on probation it gets nothing else. */
  send(subscription: Subscription, event: HookEvent, eventId: string = randomUUID()): Notification {
    const createdDate = this.#options.now();
    const isHeld = subscription.status === 'onProbation';
    const notification: Notification = {
      id: this.#nextId(subscription.id),
      subscription,
      eventId,
      event,
      status: isHeld ? 'completed' : 'queued',
      result: isHeld ? 'filtered' : 'pending',
      createdDate,
      modifiedDate: createdDate,
      requestAttempts: 0,
    };
    const list = this.#listOf(subscription.id).set(notification.id, notification);
    const [oldest] = list.keys();
    if (list.size > kept && oldest !== undefined) list.delete(oldest);
    if (!isHeld) this.#run(subscription, notification);
    return notification;
  }

  /** Stops waiting and sending. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #run(subscription: Subscription, { id, event, eventId, createdDate }: Notification): void {
    const { now, organizationUrl } = this.#options;
    const baseUrl = `${organizationUrl(subscription.organization)}/`;
    const body = envelope(subscription, event, { eventId, notificationId: id, createdDate, baseUrl });
    // A test is sent once, for inputs that need not be a subscription.
    const isTest = !this.#subscriptions.has(subscription.id);
    const waits = isTest ? { retries: [], probation: [] } : this.#waits;
    const list = this.#listOf(subscription.id);
    const delivery = {
      subscription: () => (isTest ? subscription : this.#subscriptions.get(subscription.id)),
      changeSubscription: (change: Partial<Subscription>) => {
        const known = this.#subscriptions.get(subscription.id);
        if (known) this.put({ ...known, ...change });
      },
      attempts: () => list.get(id)?.requestAttempts ?? 0,
      change: (change: Partial<Notification>) => {
        const known = list.get(id);
        if (known) list.set(id, { ...known, ...change, modifiedDate: now() });
      },
    };
    const running = deliver(body, delivery, { waits, now, signal: this.#stop.signal }).finally(() =>
      this.#running.delete(running),
    );
    this.#running.add(running);
  }

  #listOf(subscriptionId: string): Map<number, Notification> {
    const known = this.#notifications.get(subscriptionId) ?? new Map<number, Notification>();
    this.#notifications.set(subscriptionId, known);
    return known;
  }

  #nextId(subscriptionId: string): number {
    const next = (this.#counters.get(subscriptionId) ?? 0) + 1;
    this.#counters.set(subscriptionId, next);
    return next;
  }
}
