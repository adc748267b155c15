import { mostNotified } from '../../lib/argocd/count-notified.ts';
import { notificationName, notificationSecretKeys } from '../../lib/argocd/notifications/config-map.ts';
import { extensionSecretSettings, type NotificationFormat } from '../../lib/argocd/notifications/files.ts';
import { shellWord } from '../shell-words.ts';
import type { RoutedApplications } from './routed-applications.ts';

/** The steps that a person does. */
export interface NextStep {
  readonly text: string;
  /** Lines for a POSIX shell, with placeholders in capitals for what only they know. */
  readonly commands: readonly string[];
}

interface Place {
  readonly format: NotificationFormat;
  /** Of Argo CD; letters, digits, `.`, `_` and `-` only, as the instance. */
  readonly namespace: string;
  readonly instance: string | undefined;
  /** Projects of Argo CD with applications of routes; empty: all projects. */
  readonly projects: readonly string[];
  /** The applications of the routes; absent if no routes are given: then every application sends notifications. */
  readonly routed?: RoutedApplications;
  /** `KEY=VALUE` of the label that selects applications, instead of annotations. */
  readonly label?: string;
  /** Applications of this Argo CD, if its API could be asked. */
  readonly applications?: number;
}

/** How the settings get into Argo CD, when standard output is in a file. */
export function nextSteps(place: Place): readonly NextStep[] {
  return [...notificationSteps(place), ...applicationSteps(place), ...accountSteps(place)];
}

/** Names in one command. */
const namesPerCommand = 50;

const hints = 'These notifications only make tagrelay ask Argo CD, so ARGOCD_URL and its token are needed:';

/** The labels or annotations of the routed applications, or a warning about the subscription for all. */
function applicationSteps({ routed, label, applications }: Place): readonly NextStep[] {
  if (label !== undefined) {
    const commands = routed
      ? commandsFor(routed, `label application NAMES --namespace NAMESPACE --overwrite ${label}`)
      : [`kubectl label application NAME --namespace NAMESPACE --overwrite ${label}`];
    const text = `The label of each routed application, which the subscription selects. For one of an ApplicationSet, add the label to its template. ${hints}`;
    return [{ text, commands }, ...openSteps(routed)];
  }
  if (!routed) {
    const rate = 'Argo CD evaluates about two applications a second, and the subscription is for all of them';
    const advice =
      'run this command with the files of your routes: it prints annotations for their applications instead.';
    if (applications === undefined)
      return [{ text: `${rate}. With more than ${mostNotified} applications, ${advice}`, commands: [] }];
    const isMany = applications > mostNotified;
    const text = isMany ? `WARNING: ${rate}: ${applications}. Do not subscribe them; ${advice}` : '';
    return isMany ? [{ text, commands: [] }] : [];
  }
  const annotation = `notifications.argoproj.io/subscribe.${notificationName}.${notificationName}=`;
  return [
    {
      text: `The subscription of each routed application. For one of an ApplicationSet, add the annotation to its template. Remove a subscription of tagrelay for all applications. ${hints}`,
      commands: commandsFor(routed, `annotate application NAMES --namespace NAMESPACE --overwrite ${annotation}`),
    },
    ...openSteps(routed),
  ];
}

/** A command of `kubectl` for the applications of each namespace. */
function commandsFor({ byNamespace }: RoutedApplications, command: string): readonly string[] {
  return [...byNamespace].flatMap(([namespace, names]) =>
    Array.from({ length: Math.ceil(names.length / namesPerCommand) }, (_, index) => {
      const some = names.slice(index * namesPerCommand, (index + 1) * namesPerCommand).join(' ');
      return `kubectl ${command.replace('NAMES ', `${some} `).replace('NAMESPACE ', `${namespace} `)}`;
    }),
  );
}

function openSteps(routed: RoutedApplications | undefined): readonly NextStep[] {
  const texts = [
    ...(routed?.open ?? []).map((route) => `${route}: its application depends on the image; name images with --image.`),
    ...(routed?.previews ?? []).map(
      (route) => `${route}: the tag names its application; add it to the template of the ApplicationSet.`,
    ),
  ];
  return texts.map((text) => ({ text, commands: [] }));
}

function notificationSteps({ format, namespace, instance }: Place): readonly NextStep[] {
  const label = instance ?? 'argocd';
  const { functionKey, instanceSecret } = notificationSecretKeys;
  const placeholders = { [functionKey]: 'THE_FUNCTION_KEY', [instanceSecret]: 'THE_SECRET' };
  const values = Object.values(placeholders);
  const items = Object.fromEntries(extensionSecretSettings.map((name, index) => [name, values[index]]));
  const keys: NextStep = {
    text: 'A function key of the app for this Argo CD; the answer shows it:',
    commands: [
      `az functionapp function keys set --resource-group RESOURCE_GROUP --name APP --function-name argocd-webhook --key-name ${label}`,
    ],
  };
  const secret: NextStep = {
    text: `The key, and the secret that ARGOCD_SECRETS of the app has for ${label} (any text where it is unset):`,
    commands: [
      `kubectl patch secret argocd-notifications-secret --namespace ${namespace} --type merge --patch ${shellWord(JSON.stringify({ stringData: placeholders }))}`,
    ],
  };
  switch (format) {
    case 'patch':
      return [
        keys,
        secret,
        {
          text: 'The settings, with standard output as patch.yaml. `subscriptions` is one text, and is replaced: what is there stays with --existing.',
          commands: [
            `kubectl get configmap argocd-notifications-cm --namespace ${namespace} --output yaml > existing.yaml`,
            `kubectl patch configmap argocd-notifications-cm --namespace ${namespace} --type merge --patch-file patch.yaml`,
          ],
        },
      ];
    case 'helm':
      return [
        keys,
        secret,
        {
          text: 'The settings, with standard output as tagrelay-values.yaml. Helm replaces the list of subscriptions: what is there stays with --existing.',
          commands: [
            `helm get values argocd --namespace ${namespace} > existing.yaml`,
            `helm upgrade argocd argo/argo-cd --namespace ${namespace} --reuse-values --values tagrelay-values.yaml`,
          ],
        },
      ];
    case 'extension':
      return [
        keys,
        {
          text: 'The settings, with standard output as settings.json, and the key and the secret as protected settings:',
          commands: [
            `echo ${shellWord(JSON.stringify(items))} > secrets.json`,
            'az k8s-extension update --resource-group RESOURCE_GROUP --cluster-name CLUSTER --cluster-type managedClusters --name argocd --configuration-settings-file settings.json --configuration-protected-settings-file secrets.json',
          ],
        },
      ];
    default:
      return format satisfies never;
  }
}

const account = 'tagrelay';

/** The account with the least rights for refreshes and queries. Its policy is a key of its own, so no other text changes. */
function accountSteps({ namespace, instance, projects, routed }: Place): readonly NextStep[] {
  const patch = (configMap: string, data: Readonly<Record<string, string>>): string =>
    `kubectl patch configmap ${configMap} --namespace ${namespace} --type merge --patch ${shellWord(JSON.stringify({ data }))}`;
  const rights = [
    'applications, get',
    ...(routed?.areHeld === true ? ['applicationsets, get'] : []),
    ...(routed?.areSynced === true ? ['applications, sync'] : []),
  ];
  const policy = (projects.length > 0 ? projects : ['*'])
    .flatMap((project) => rights.map((right) => `p, ${account}, ${right}, ${project}/*, allow\n`))
    .join('');
  const may = routed?.areSynced === true ? 'get and sync' : 'get';
  const suffix = instance === undefined ? '' : `__${instance.replaceAll(/[-.]/g, '_')}`;
  return [
    {
      text: `For a refresh after each commit and for lost notifications: an account that may only ${may} applications.`,
      commands: [
        patch('argocd-cm', { [`accounts.${account}`]: 'apiKey' }),
        patch('argocd-rbac-cm', { [`policy.${account}.csv`]: policy }),
      ],
    },
    {
      text: 'Its token, by an administrator of Argo CD, into the settings of the app:',
      commands: [
        `argocd account generate-token --account ${account}`,
        `az functionapp config appsettings set --resource-group RESOURCE_GROUP --name APP --settings ARGOCD_URL${suffix}=https://ARGOCD_HOST ARGOCD_TOKEN${suffix}=THE_TOKEN`,
      ],
    },
  ];
}
