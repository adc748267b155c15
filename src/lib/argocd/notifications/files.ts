import {
  configMapData,
  hostPlaceholder,
  notificationEntries,
  notificationSecretKeys,
  subscriptionOf,
  subscriptionsOf,
  toYaml,
} from './config-map.ts';
import type { NotificationScope } from './config-map.ts';

const origin = 'Written by `npm run generate`: do not edit. How to use it: docs/argocd.md.';

/** The files of `infra/argocd/` by name: the configuration in the three forms that Argo CD supports. */
export function notificationFiles(): Readonly<Record<string, string>> {
  return {
    'notifications-cm.yaml': comment(notificationDocument('patch', hostPlaceholder)),
    'helm-values.yaml': comment(notificationDocument('helm', hostPlaceholder)),
    'extension-settings.json': notificationDocument('extension', hostPlaceholder),
  };
}

/** A merge patch of the ConfigMap, values of the community chart, settings of the Azure extension. */
export const notificationFormats = ['patch', 'helm', 'extension'] as const;
export type NotificationFormat = (typeof notificationFormats)[number];

/**
 * The configuration in one form, as YAML or JSON.
 *
 * @param host host name of the app
 * @param others existing subscriptions to keep: a merge patch and Helm replace the whole list
 * @param scope which applications send notifications
 */
export function notificationDocument(
  format: NotificationFormat,
  host: string,
  others: readonly unknown[] = [],
  scope: NotificationScope = 'all',
): string {
  if (format === 'patch') return toYaml(configMap(host, others, scope));
  if (format === 'helm') return toYaml(helmValues(host, others, scope));
  return `${JSON.stringify(extensionSettings(host, scope), null, 2)}\n`;
}

function comment(yaml: string): string {
  return `# ${origin}\n${yaml}`;
}

/** The ConfigMap as a merge patch. */
function configMap(host: string, others: readonly unknown[], scope: NotificationScope): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-notifications-cm' },
    data: configMapData(host, others, scope),
  };
}

/** Values of the community chart `argo-cd`, which copies them into the ConfigMap. */
function helmValues(host: string, others: readonly unknown[], scope: NotificationScope): object {
  const subscriptions = subscriptionsOf(scope, others);
  return { notifications: { ...notificationEntries(host, scope), ...(subscriptions && { subscriptions }) } };
}

/**
 * Configuration settings of the Azure extension `Microsoft.ArgoCD`: paths of the same chart's values with escaped dots, each
 * with a text.
 */
function extensionSettings(host: string, scope: NotificationScope): Readonly<Record<string, string>> {
  const settings: [string, string][] = Object.entries(notificationEntries(host, scope)).flatMap(([group, entries]) =>
    Object.entries(entries as Readonly<Record<string, string>>).map(([key, text]): [string, string] => [
      `notifications.${group}.${key.replaceAll('.', '\\.')}`,
      text,
    ]),
  );
  const subscription = subscriptionOf(scope);
  if (!subscription) return Object.fromEntries(settings);
  const { recipients, triggers, selector } = subscription;
  return Object.fromEntries([
    ...settings,
    ...recipients.map((recipient, index) => [`notifications.subscriptions[0].recipients[${index}]`, recipient]),
    ...triggers.map((trigger, index) => [`notifications.subscriptions[0].triggers[${index}]`, trigger]),
    ...(selector === undefined ? [] : [['notifications.subscriptions[0].selector', selector]]),
  ]) as Record<string, string>;
}

/** The extension's protected setting for each secret of the service. */
export const extensionSecretSettings = Object.values(notificationSecretKeys).map(
  (key) => `notifications.secret.items.${key}`,
);
