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
  const suffix = instance === undefined ? '' : `__${instance.replaceAll('-', '_')}`;
  const token = env[`ARGOCD_TOKEN${suffix}`]?.trim() ?? '';
  if (token === '') throw new UsageError(`--argocd needs the token of an Argo CD account in ARGOCD_TOKEN${suffix}`);
  const own = accessOf(url, token, localEndpoints);
  const setting = env[`ARGOCD_URL${suffix}`]?.trim() ?? '';
  // The token of one Argo CD is not sent to another.
  if (setting !== '' && accessOf(setting, token, localEndpoints).publicUrl !== own.publicUrl)
    throw new UsageError(
      `ARGOCD_TOKEN${suffix} is the token of ARGOCD_URL${suffix} (${setting}), not of ${url}; unset ARGOCD_URL${suffix} to use it`,
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
