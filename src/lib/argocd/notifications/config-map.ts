import { stringify } from 'yaml';
import { notificationBody } from './body.ts';
import { hintConditions, triggerConditions } from './triggers.ts';

/** Name of service, template and trigger; a service name must not contain a dot. */
export const notificationName = 'tagrelay';

/** Placeholder for the host of the app in the committed files. */
export const hostPlaceholder = 'TAGRELAY_HOST';

/** The keys of the Secret `argocd-notifications-secret`, which the service names as `$key`. */
export const notificationSecretKeys = { functionKey: 'tagrelay-key', instanceSecret: 'tagrelay-secret' } as const;

/** An entry of the ConfigMap's `subscriptions`: the trigger for the recipient. */
export const notificationSubscription = { recipients: [notificationName], triggers: [notificationName] } as const;

/**
 * `all`: every application sends each result. Annotated applications, or those that a label selector finds, send hints to
 * ask Argo CD's API.
 */
export type NotificationScope = 'all' | 'annotated' | { readonly selector: string };

/** The entries of the ConfigMap `argocd-notifications-cm`, by kind; names and texts as Argo CD reads them. */
export interface NotificationEntries {
  readonly notifiers: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, string>>;
  readonly triggers: Readonly<Record<string, string>>;
}

/**
 * The entries to add to Argo CD, for each form of configuration.
 *
 * @param host host name of the app, as `contoso-tagrelay.azurewebsites.net`
 */
export function notificationEntries(host: string, scope: NotificationScope = 'all'): NotificationEntries {
  const { functionKey, instanceSecret } = notificationSecretKeys;
  const service = {
    url: `https://${host}/api/webhooks/argocd`,
    headers: [
      { name: 'Content-Type', value: 'application/json' },
      { name: 'x-functions-key', value: `$${functionKey}` },
      { name: 'x-tagrelay-secret', value: `$${instanceSecret}` },
    ],
  };
  const template = { webhook: { [notificationName]: { method: 'POST', body: notificationBody } } };
  const conditions = scope === 'all' ? triggerConditions : hintConditions;
  const trigger = conditions.map((condition) => Object.assign({}, condition, { send: [notificationName] }));
  return {
    notifiers: { [`service.webhook.${notificationName}`]: toYaml(service) },
    templates: { [`template.${notificationName}`]: toYaml(template) },
    triggers: { [`trigger.${notificationName}`]: toYaml(trigger) },
  };
}

/** The `data` of the ConfigMap; as a merge patch it keeps all other entries, but replaces `subscriptions`. */
export function configMapData(
  host: string,
  others: readonly unknown[] = [],
  scope: NotificationScope = 'all',
): Readonly<Record<string, string>> {
  const { notifiers, templates, triggers } = notificationEntries(host, scope);
  const subscriptions = subscriptionsOf(scope, others);
  return { ...notifiers, ...templates, ...triggers, ...(subscriptions && { subscriptions: toYaml(subscriptions) }) };
}

/** The list of subscriptions; `undefined` leaves the present one. */
export function subscriptionsOf(scope: NotificationScope, others: readonly unknown[]): readonly unknown[] | undefined {
  const own = subscriptionOf(scope);
  if (own) return [...others, own];
  return others.length > 0 ? others : undefined;
}

/** The entry of `subscriptions`; none for annotated applications. */
export function subscriptionOf(
  scope: NotificationScope,
): (typeof notificationSubscription & { readonly selector?: string }) | undefined {
  if (scope === 'annotated') return undefined;
  return scope === 'all' ? notificationSubscription : { ...notificationSubscription, selector: scope.selector };
}

/** YAML without line folding. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: 'literal' });
}
