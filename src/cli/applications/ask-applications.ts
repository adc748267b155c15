import { askArgoCd } from '../../lib/argocd/ask-argocd.ts';
import { readArgoCdInstances, type ArgoCdAccess } from '../../lib/argocd/read-instances.ts';
import { UsageError, type CommandIo } from '../command.ts';
import type { RunningApplication } from './application.ts';
import { applicationsIn } from './read-applications.ts';

interface Instance {
  /** The URL of `--argocd`. */
  readonly url: string;
  /** The name of the Argo CD in routes. */
  readonly instance?: string;
}

export interface AskOptions {
  readonly env: CommandIo['env'];
  readonly localEndpoints?: Readonly<Record<string, string>> | undefined;
  readonly azureDevOpsCollections: readonly string[];
}

const maxBytes = 512 * 1024 * 1024;
const timeoutMs = 120_000;

/** All applications that the account of `ARGOCD_TOKEN` may get. */
export async function askApplications(
  { url, instance }: Instance,
  { env, localEndpoints, azureDevOpsCollections }: AskOptions,
): Promise<readonly RunningApplication[]> {
  const access = accessTo(url, instance, env, localEndpoints);
  const answer = await askArgoCd(access, 'applications', 'its applications', {
    now: () => new Date(),
    timeoutMs,
    maxBytes,
  });
  return applicationsIn([answer], access.publicUrl, {
    azureDevOpsCollections,
    ...(instance !== undefined && { instance }),
  });
}

function accessTo(
  url: string,
  instance: string | undefined,
  env: CommandIo['env'],
  localEndpoints: AskOptions['localEndpoints'],
): ArgoCdAccess {
  const tokenSetting = settingOf('ARGOCD_TOKEN', instance);
  const urlSetting = settingOf('ARGOCD_URL', instance);
  const token = env[tokenSetting]?.trim() ?? '';
  if (token === '') throw new UsageError(`--argocd needs the token of an Argo CD account in ${tokenSetting}`);
  const own = accessOf(url, token, localEndpoints);
  const setting = env[urlSetting]?.trim() ?? '';
  // The token of one Argo CD is not sent to another.
  if (setting !== '' && accessOf(setting, token, localEndpoints).publicUrl !== own.publicUrl)
    throw new UsageError(
      `${tokenSetting} is the token of ${urlSetting} (${setting}), not of ${url}; unset ${urlSetting} to use it`,
    );
  return own;
}

function accessOf(url: string, token: string, localEndpoints: AskOptions['localEndpoints']): ArgoCdAccess {
  const instances = readArgoCdInstances(
    { ARGOCD_URL: url, ARGOCD_TOKEN: token },
    localEndpoints,
    (setting, message) => {
      throw new UsageError(`${setting === 'ARGOCD_URL' ? '--argocd' : setting}: ${message}`);
    },
  );
  const access = instances.get('');
  if (!access) throw new UsageError(`--argocd ${url} is not the URL of an Argo CD`);
  return access;
}

/** Names of settings cannot have `-` on Linux plans. */
function settingOf(name: string, instance: string | undefined): string {
  return instance === undefined ? name : `${name}__${instance.replaceAll('-', '_')}`;
}
