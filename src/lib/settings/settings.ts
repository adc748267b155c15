import { z } from 'zod';
import { readGateSettings } from './gate-settings.ts';
import type { GateSettings } from './gate-settings.ts';
import { readArgoCdInstances } from '../argocd/read-instances.ts';
import type { ArgoCdInstances } from '../argocd/read-instances.ts';
import { readGitAuthor } from '../git/git-author.ts';
import type { GitAuthor } from '../git/git-author.ts';
import { canonicalHost, readGitCredentials } from '../git/git-credentials.ts';
import type { GitCredentials } from '../git/git-credentials.ts';
import { isLoopback, canonicalCollection } from '../net/repository-url.ts';
import { tryParseJson } from '../model/json.ts';
import { readNotify } from './notify.ts';
import type { Target } from '../notify/target.ts';
import { readRoutesFrom } from './routes-from.ts';
import { readRetention } from './retention.ts';
import { readReconcileSchedule } from './reconcile-schedule.ts';
import { readRegistries, readRegistryCredentials } from '../registry/registry-settings.ts';
import type { RegistrySignIn } from '../registry/registry-settings.ts';
import type { RouteDocument } from '../routes/read/documents.ts';
import type { Problem } from '../routes/route.ts';
import type { RoutesSource } from '../routes/routes-source.ts';
import { tryParseUrl } from '../net/url.ts';

/** App settings and environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The settings besides the routes, read and checked. */
export interface Settings {
  /** Canonical URLs of Azure DevOps Server collections (and other organizations) that may receive the app's credentials. */
  readonly azureDevOpsCollections: readonly string[];
  /** Registries besides Azure's own that may receive credentials. */
  readonly registries: readonly string[];
  /** Credentials of registries that do not accept the app's identity, by host. */
  readonly registryCredentials: ReadonlyMap<string, RegistrySignIn>;
  /** Canonical collection or registry → loopback URL; set on the local platform only. */
  readonly localEndpoints?: Readonly<Record<string, string>>;
  /** The setting `ALLOW`: the bounds of routes. */
  readonly allow?: RouteDocument;
  /** The setting `ROUTES_FROM`: Git repositories with routes documents; `undefined` if it has an error. */
  readonly routesFrom: readonly RoutesSource[] | undefined;
  /** Whether a tag is looked up in its registry before it is committed. */
  readonly verifyImage: boolean;
  readonly azureDevOpsPat: string | undefined;
  /** The API of Argo CD, by instance. */
  readonly argoCdInstances: ArgoCdInstances;
  /** Credentials of Git hosts. */
  readonly gitCredentials: GitCredentials;
  /** The hosts of `gitCredentials`. */
  readonly gitCredentialHosts: readonly string[];
  /** Hosts that run GitHub Enterprise Server. */
  readonly gitHubHosts: readonly string[];
  /** Secrets of GitHub's webhooks: the current one and older ones. */
  readonly gitHubWebhookSecrets: readonly string[];
  /** The author of commits on Git hosts; Azure Repos uses the app's identity. */
  readonly gitAuthor: GitAuthor;
  readonly clientId: string | undefined;
  readonly gates: GateSettings;
  /** When registries are asked for pushes without an event; `undefined`: never. */
  readonly reconcileSchedule: string | undefined;
  /** The days that records are kept; `undefined`: for ever. */
  readonly retentionDays: number | undefined;
  /** Webhooks that receive notices. */
  readonly notify: readonly Target[];
  /** The app runs on a developer's machine. There an error in the settings stops the start. */
  readonly isDevelopment: boolean;
}

/** Reads every setting and lists every problem. An invalid setting allows nothing. */
export function readSettings(environment: Environment): {
  readonly settings: Settings;
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const report = (setting: string, message: string): void => {
    problems.push({ severity: 'error', code: 'setting-malformed', setting, message });
  };
  const registries = readRegistries(list(environment['REGISTRIES']), report);
  const localEndpoints = readLocalEndpoints(nonEmpty(environment['LOCAL_ENDPOINTS']), report);
  const allow = nonEmpty(environment['ALLOW']);
  const gitCredentials = readGitCredentials(nonEmpty(environment['GIT_CREDENTIALS']), report);
  const azureDevOpsCollections = list(environment['AZURE_DEVOPS_COLLECTIONS']).flatMap((text) => {
    const collection = canonicalCollection(text);
    if (collection !== undefined && (collection.startsWith('https://') || isLoopback(new URL(collection))))
      return [collection];
    report(
      'AZURE_DEVOPS_COLLECTIONS',
      `${JSON.stringify(text)} is not a collection; expected URLs such as https://tfs.contoso.com/tfs/DefaultCollection, separated by commas`,
    );
    return [];
  });
  const gitHubHosts = list(environment['GITHUB_HOSTS']).flatMap((text) => {
    const host = canonicalHost(text);
    if (host !== undefined) return [host];
    report(
      'GITHUB_HOSTS',
      `${JSON.stringify(text)} is not a host; expected names such as github.contoso.com, separated by commas`,
    );
    return [];
  });
  const hosts = { azureDevOpsCollections, registries, gitHubHosts };
  const routesFrom = readRoutesFrom(nonEmpty(environment['ROUTES_FROM']), hosts);
  const settings: Settings = {
    azureDevOpsCollections,
    registries,
    registryCredentials: readRegistryCredentials(nonEmpty(environment['REGISTRY_CREDENTIALS']), registries, report),
    routesFrom: routesFrom.sources,
    verifyImage: readFlag('VERIFY_IMAGE', nonEmpty(environment['VERIFY_IMAGE']), true, report),
    azureDevOpsPat: nonEmpty(environment['AZURE_DEVOPS_PAT']),
    argoCdInstances: readArgoCdInstances(environment, localEndpoints, report),
    gitCredentials,
    gitCredentialHosts: [...gitCredentials.keys()],
    gitHubHosts,
    gitHubWebhookSecrets: list(environment['GITHUB_WEBHOOK_SECRET']),
    gitAuthor: readGitAuthor(nonEmpty(environment['GIT_AUTHOR']), report),
    reconcileSchedule: readReconcileSchedule(nonEmpty(environment['RECONCILE_SCHEDULE']), report),
    retentionDays: readRetention(nonEmpty(environment['RETENTION']), report),
    notify: readNotify(nonEmpty(environment['NOTIFY']), localEndpoints !== undefined, report),
    clientId: nonEmpty(environment['AZURE_CLIENT_ID']),
    gates: readGateSettings(environment, report),
    isDevelopment: environment['AZURE_FUNCTIONS_ENVIRONMENT'] === 'Development',
    ...(localEndpoints && { localEndpoints }),
    ...(allow !== undefined && { allow: { setting: 'ALLOW', text: allow } }),
  };
  return { settings, problems: [...problems, ...routesFrom.problems] };
}

function readLocalEndpoints(
  text: string | undefined,
  report: (setting: string, message: string) => void,
): Readonly<Record<string, string>> | undefined {
  if (text === undefined) return undefined;
  const parsed = z.record(z.string(), z.string()).safeParse(tryParseJson(text));
  if (!parsed.success) {
    report('LOCAL_ENDPOINTS', 'expected a JSON object of collection or registry → loopback URL');
    return {};
  }
  const endpoints: Record<string, string> = {};
  for (const [name, target] of Object.entries(parsed.data)) {
    const url = tryParseUrl(target);
    if (url && isLoopback(url)) endpoints[canonicalCollection(name) ?? name] = target.replace(/\/+$/, '');
    else
      report(
        'LOCAL_ENDPOINTS',
        `${name} points to ${JSON.stringify(target)}; expected a URL of this machine, such as http://127.0.0.1:7072/contoso`,
      );
  }
  return endpoints;
}

function readFlag(
  setting: string,
  text: string | undefined,
  unset: boolean,
  report: (setting: string, message: string) => void,
): boolean {
  if (text === undefined) return unset;
  if (/^(?:true|1)$/i.test(text)) return true;
  if (/^(?:false|0)$/i.test(text)) return false;
  report(setting, `found ${JSON.stringify(text)}; expected true or false`);
  return unset;
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,;]+/).filter((entry) => entry !== '');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
