import { stringify } from 'yaml';
import { notificationBody } from './body.ts';
import { triggerConditions } from './triggers.ts';

/** Name of service, template and trigger; a service name must not contain a dot. */
export const notificationName = 'tagrelay';

/** Placeholder for the host of the app in the committed files. */
export const hostPlaceholder = 'TAGRELAY_HOST';

/** The keys of the Secret `argocd-notifications-secret`, which the service names as `$key`. */
export const notificationSecretKeys = { functionKey: 'tagrelay-key', instanceSecret: 'tagrelay-secret' } as const;

/** An entry of the ConfigMap's `subscriptions`: the trigger for the recipient. */
export const notificationSubscription = { recipients: [notificationName], triggers: [notificationName] } as const;

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
export function notificationEntries(host: string): NotificationEntries {
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
  const trigger = triggerConditions.map((condition) => Object.assign({}, condition, { send: [notificationName] }));
  return {
    notifiers: { [`service.webhook.${notificationName}`]: toYaml(service) },
    templates: { [`template.${notificationName}`]: toYaml(template) },
    triggers: { [`trigger.${notificationName}`]: toYaml(trigger) },
  };
}

/** The `data` of the ConfigMap; as a merge patch it keeps all other entries, but replaces `subscriptions`. */
export function configMapData(host: string, others: readonly unknown[] = []): Readonly<Record<string, string>> {
  const { notifiers, templates, triggers } = notificationEntries(host);
  return { ...notifiers, ...templates, ...triggers, subscriptions: toYaml([...others, notificationSubscription]) };
}

/** YAML without line folding. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: 'literal' });
}
