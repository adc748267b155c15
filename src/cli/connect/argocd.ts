import { resolve } from 'node:path';
import { countNotified } from '../../lib/argocd/count-notified.ts';
import { argoCdAccess } from '../../lib/argocd/read-instances.ts';
import { Failure } from '../../lib/model/failure.ts';
import { notificationSecretKeys } from '../../lib/argocd/notifications/config-map.ts';
import { notificationDocument, notificationFormats } from '../../lib/argocd/notifications/files.ts';
import { readAppUrl } from '../app/app-client.ts';
import { UsageError, type CommandArguments, type CommandIo, type ExitCode } from '../command.ts';
import { choice, flag, textOption, textOptions } from '../options.ts';
import { nextSteps } from './argocd-steps.ts';
import { showErrors } from '../show-problems.ts';
import { loadFromSettings } from '../load-settings.ts';
import { usedRoutes } from '../used-environments.ts';
import { readSettings } from '../../lib/settings/settings.ts';
import { routedApplications } from './routed-applications.ts';
import { readSubscriptions } from './read-subscriptions.ts';

export const argoCdOptions = [
  'url',
  'format',
  'namespace',
  'instance',
  'project',
  'image',
  'label',
  'existing',
  'json',
];

/** A selector with one label, as Kubernetes reads it. */
const labelPattern =
  /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?=[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/;

/**
 * `tagrelay connect argocd`: the notification settings on standard output, and what to do with them on standard error, so
 * that the settings can go straight into a file.
 */
export async function connectArgoCd(
  args: CommandArguments,
  files: readonly string[],
  io: CommandIo,
): Promise<ExitCode> {
  const url = new URL(readAppUrl(textOption(args, 'url') ?? io.env['TAGRELAY_URL']));
  if (url.protocol !== 'https:' || url.pathname !== '/') {
    throw new UsageError(`Argo CD calls the app by https and the name of its host; found ${url.href}`);
  }
  const format = choice(args, 'format', notificationFormats) ?? 'patch';
  const namespace = textOption(args, 'namespace') ?? 'argocd';
  const instance = textOption(args, 'instance');
  const projects = textOptions(args, 'project');
  const names = [
    ['namespace', namespace],
    ['instance', instance ?? 'argocd'],
    ...projects.map((one) => ['project', one]),
  ];
  for (const [name, text = ''] of names) {
    if (!/^[A-Za-z0-9][\w.-]*$/.test(text)) throw new UsageError(`--${name} is \`${text}\`; expected a name`);
  }
  const label = textOption(args, 'label');
  if (label !== undefined && !labelPattern.test(label))
    throw new UsageError(`--label is \`${label}\`; expected KEY=VALUE of a Kubernetes label, such as tagrelay=routed`);
  const existing = textOption(args, 'existing');
  if (existing !== undefined && format === 'extension') {
    throw new UsageError('--existing goes with the formats patch and helm, whose subscriptions are one list');
  }
  const others = existing === undefined ? [] : await readSubscriptions(resolve(io.cwd, existing));
  const loaded = files.length > 0 ? await loadFromSettings(files, undefined, io) : undefined;
  if (loaded && !loaded.table) {
    io.stderr.write(showErrors(loaded.problems, io));
    return 1;
  }
  const used = loaded?.table && usedRoutes(loaded.table, textOptions(args, 'image')).environments;
  const routed = used && routedApplications(used, instance);
  if (routed?.byNamespace.size === 0 && routed.open.length === 0) {
    throw new UsageError(`no route has an application of ${instance ?? 'an Argo CD without a name'}; see --instance`);
  }
  const scope = label !== undefined ? { selector: label } : routed ? 'annotated' : 'all';
  const document = notificationDocument(format, url.host, others, scope);
  const applications = scope !== 'all' ? undefined : await countApplications(instance, io);
  const steps = nextSteps({
    format,
    namespace,
    instance,
    projects,
    ...(routed && { routed }),
    ...(label !== undefined && { label }),
    ...(applications !== undefined && { applications }),
  });
  if (flag(args, 'json')) {
    const secretKeys = Object.values(notificationSecretKeys);
    io.stdout.write(`${JSON.stringify({ format, document, secretKeys, steps }, null, 2)}\n`);
    return 0;
  }
  io.stdout.write(document);
  const explained = steps.map(({ text, commands }) => `${text}\n${commands.map((line) => `  ${line}\n`).join('')}`);
  io.stderr.write(`\n${explained.join('\n')}`);
  return 0;
}

/** The number of applications, where the environment has access to the API of this Argo CD. */
async function countApplications(instance: string | undefined, { env }: CommandIo): Promise<number | undefined> {
  const { settings } = readSettings(env);
  const access = argoCdAccess(settings.argoCdInstances, instance);
  if (!access) return undefined;
  try {
    return (await countNotified(access, { now: () => new Date() })).all;
  } catch (error) {
    // The settings are then printed with the general advice.
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
