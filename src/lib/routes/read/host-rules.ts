import { gitHubAddress, isGitHub } from '../../net/github-address.ts';
import type { GitHubAddress } from '../../net/github-address.ts';
import {
  canonicalCollection,
  isLoopback,
  parseRepositoryUrl,
  type RepositoryAddress,
} from '../../net/repository-url.ts';
import { tryParseUrl } from '../../net/url.ts';
import type { Fault } from './placeholders.ts';

/** The hosts that routes may name. Credentials are sent to no other host. */
export interface HostRules {
  /** URLs of Azure DevOps Server collections. */
  readonly azureDevOpsCollections: readonly string[];
  /** Registries other than Azure Container Registry that may be called. */
  readonly registries: readonly string[];
  /** Local endpoints of collections and registries. */
  readonly localEndpoints?: Readonly<Record<string, string>>;
  /** Hosts in `GIT_CREDENTIALS`; `undefined` if unknown. */
  readonly gitCredentialHosts?: readonly string[];
  /** The setting `VERIFY_IMAGE`; `undefined` is true. */
  readonly verifyImage?: boolean;
  /** The time at which windows are checked; absent: closures with `from` and `to` do not count. */
  readonly now?: Date;
  /** Hosts of GitHub Enterprise Server, in lower case. */
  readonly gitHubHosts?: readonly string[];
}

const maxAddresses = 1000;

/** Login servers of Azure Container Registry in the public, Chinese and United States government clouds. */
const registrySuffixes = ['.azurecr.io', '.azurecr.cn', '.azurecr.us'];

export function isAzureRegistry(registry: string): boolean {
  return registrySuffixes.some((suffix) => registry.endsWith(suffix));
}

/** Why a registry may not be called; `undefined` if it may. */
export function registryFault(registry: string, { registries }: HostRules): Fault | undefined {
  const url = tryParseUrl(`http://${registry}`);
  const isKnown =
    isAzureRegistry(registry) ||
    registries.some((name) => name.toLowerCase() === registry) ||
    (url !== undefined && isLoopback(url));
  return isKnown
    ? undefined
    : {
        code: 'host-not-allowed',
        message: `names the registry ${registry}; expected an Azure Container Registry (*.azurecr.io), or a registry in the setting REGISTRIES`,
      };
}

/** Parsed URLs: most environments share a few repositories. */
const addresses = new WeakMap<HostRules, Map<string, RepositoryAddress | Fault>>();

/** Parses a repository URL, or returns why no credentials may be sent to it. */
export function readRepository(url: string, rules: HostRules): RepositoryAddress | Fault {
  const known = addresses.get(rules) ?? new Map<string, RepositoryAddress | Fault>();
  addresses.set(rules, known);
  const address = known.get(url) ?? parseAddress(url, rules);
  if (known.size < maxAddresses) known.set(url, address);
  return address;
}

function parseAddress(url: string, rules: HostRules): RepositoryAddress | Fault {
  const address = parseRepositoryUrl(url, rules.azureDevOpsCollections);
  if ('problem' in address) return { code: 'repository-invalid', message: address.problem };
  if (address.kind === 'git' && /\/_git\/[^/]+$/.test(address.url)) {
    return {
      code: 'host-not-allowed',
      message: `looks like an Azure DevOps Server repository; its collection is not in the setting AZURE_DEVOPS_COLLECTIONS`,
    };
  }
  if (address.kind === 'git' && isGitHub(address.host, rules.gitHubHosts ?? []) && !gitHubOf(address, rules)) {
    return {
      code: 'repository-invalid',
      message: `is not a GitHub repository; expected https://${address.host}/OWNER/REPOSITORY`,
    };
  }
  return address;
}

/** Whether pull requests can be opened at a repository. */
export function offersPullRequests(address: RepositoryAddress, rules: HostRules): boolean {
  return address.kind === 'azure-repos' || gitHubOf(address, rules) !== undefined;
}

/** The repository's address on GitHub; `undefined` for another host. */
export function gitHubOf(address: RepositoryAddress, { gitHubHosts = [] }: HostRules): GitHubAddress | undefined {
  return address.kind === 'git' ? gitHubAddress(address, gitHubHosts) : undefined;
}

/** The warning about a repository's host, if there is one. */
export function repositoryWarning(address: RepositoryAddress, rules: HostRules): Fault | undefined {
  if (address.kind === 'git') {
    if (rules.gitCredentialHosts === undefined || rules.gitCredentialHosts.includes(address.host)) return undefined;
    if (isOfLoopback(address)) return undefined;
    return {
      code: 'credentials-missing',
      message: `is on ${address.host}, and GIT_CREDENTIALS has no entry for this host; pushes fail unless the host allows anonymous writes`,
    };
  }
  if (rules.localEndpoints === undefined) return undefined;
  const local = Object.keys(rules.localEndpoints).map((name) => (canonicalCollection(name) ?? name).toLowerCase());
  if (local.includes(address.collection.toLowerCase()) || isOfLoopback(address)) return undefined;
  return {
    code: 'endpoint-not-local',
    message: `is in ${address.collection}, which is not in LOCAL_ENDPOINTS; while that setting is set, other collections are not called`,
  };
}

function isOfLoopback({ url }: RepositoryAddress): boolean {
  const parsed = tryParseUrl(url);
  return parsed !== undefined && isLoopback(parsed);
}
