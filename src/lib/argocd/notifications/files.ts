import {
  configMapData,
  hostPlaceholder,
  notificationEntries,
  notificationSecretKeys,
  notificationSubscription,
  toYaml,
} from './config-map.ts';

const origin = 'Written by `npm run argocd`: do not edit. How to use it: docs/argocd.md.';

/** The files of `infra/argocd/` by name: one configuration in the three forms in which Argo CD is configured. */
export function notificationFiles(): Readonly<Record<string, string>> {
  return {
    'notifications-cm.yaml': comment(toYaml(configMap(hostPlaceholder))),
    'helm-values.yaml': comment(toYaml(helmValues(hostPlaceholder))),
    'extension-settings.json': `${JSON.stringify(extensionSettings(hostPlaceholder), null, 2)}\n`,
  };
}

function comment(yaml: string): string {
  return `# ${origin}\n${yaml}`;
}

/** The ConfigMap as a merge patch. */
function configMap(host: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-notifications-cm' },
    data: configMapData(host),
  };
}

/** Values of the community chart `argo-cd`, which copies each of these into the ConfigMap. */
function helmValues(host: string): object {
  return { notifications: { ...notificationEntries(host), subscriptions: [notificationSubscription] } };
}

/**
 * Configuration settings of the Azure extension `Microsoft.ArgoCD`: paths of the same chart's values, with the dots within
 * a key escaped, each with a text.
 */
export function extensionSettings(host: string): Readonly<Record<string, string>> {
  const settings: [string, string][] = Object.entries(notificationEntries(host)).flatMap(([group, entries]) =>
    Object.entries(entries as Readonly<Record<string, string>>).map(([key, text]): [string, string] => [
      `notifications.${group}.${key.replaceAll('.', '\\.')}`,
      text,
    ]),
  );
  const { recipients, triggers } = notificationSubscription;
  return Object.fromEntries([
    ...settings,
    ...recipients.map((recipient, index) => [`notifications.subscriptions[0].recipients[${index}]`, recipient]),
    ...triggers.map((trigger, index) => [`notifications.subscriptions[0].triggers[${index}]`, trigger]),
  ]) as Record<string, string>;
}

/** The extension's protected setting for each secret that the service names. */
export const extensionSecretSettings = Object.values(notificationSecretKeys).map(
  (key) => `notifications.secret.items.${key}`,
);
