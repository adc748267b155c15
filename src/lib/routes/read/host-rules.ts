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

/** Which hosts the operator lets routes name; credentials go nowhere else. */
export interface HostRules {
  /** URLs of Azure DevOps Server collections. */
  readonly azureDevOpsCollections: readonly string[];
  /** Registries besides Azure's own that may be asked. */
  readonly registries: readonly string[];
  /** Collections and registries that are played by this machine, and where. */
  readonly localEndpoints?: Readonly<Record<string, string>>;
  /** Hosts for which there are Git credentials; `undefined` where nobody knows. */
  readonly gitCredentialHosts?: readonly string[];
  /** The setting `VERIFY_IMAGE`; `undefined` is true. */
  readonly verifyImage?: boolean;
  /** Hosts of GitHub Enterprise Server, in lower case. */
  readonly gitHubHosts?: readonly string[];
}

const maxAddresses = 1000;

/** Login servers of Azure Container Registry in the public, Chinese and United States government clouds. */
const registrySuffixes = ['.azurecr.io', '.azurecr.cn', '.azurecr.us'];

export function isAzureRegistry(registry: string): boolean {
  return registrySuffixes.some((suffix) => registry.endsWith(suffix));
}

/** What keeps an image's registry from being asked, if anything. */
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
        message: `names the registry ${registry}; expected one of Azure (*.azurecr.io), or one that the setting REGISTRIES names`,
      };
}

/** Most environments name one of a few repositories. */
const addresses = new WeakMap<HostRules, Map<string, RepositoryAddress | Fault>>();

/** Reads a repository's URL, or says why no credentials go there. */
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
      message: `looks like an Azure DevOps Server repository of a collection that the setting AZURE_DEVOPS_COLLECTIONS does not name`,
    };
  }
  if (address.kind === 'git' && isGitHub(address.host, rules.gitHubHosts ?? []) && !gitHubOf(address, rules)) {
    return {
      code: 'repository-invalid',
      message: `is no repository of GitHub; expected https://${address.host}/OWNER/REPOSITORY`,
    };
  }
  return address;
}

/** Whether pull requests can be opened at a repository. */
export function offersPullRequests(address: RepositoryAddress, rules: HostRules): boolean {
  return address.kind === 'azure-repos' || gitHubOf(address, rules) !== undefined;
}

/** The repository as GitHub knows it, if it is there. */
export function gitHubOf(address: RepositoryAddress, { gitHubHosts = [] }: HostRules): GitHubAddress | undefined {
  return address.kind === 'git' ? gitHubAddress(address, gitHubHosts) : undefined;
}

/** What an operator should know about a repository's host, if anything. */
export function repositoryWarning(address: RepositoryAddress, rules: HostRules): Fault | undefined {
  if (address.kind === 'git') {
    if (rules.gitCredentialHosts === undefined || rules.gitCredentialHosts.includes(address.host)) return undefined;
    if (isOfLoopback(address)) return undefined;
    return {
      code: 'credentials-missing',
      message: `is on ${address.host}, for which GIT_CREDENTIALS holds nothing; a push will be refused unless the host lets anyone write`,
    };
  }
  if (rules.localEndpoints === undefined) return undefined;
  const local = Object.keys(rules.localEndpoints).map((name) => (canonicalCollection(name) ?? name).toLowerCase());
  if (local.includes(address.collection.toLowerCase()) || isOfLoopback(address)) return undefined;
  return {
    code: 'endpoint-not-local',
    message: `is in ${address.collection}, which LOCAL_ENDPOINTS does not name; while that setting is there, it is not called`,
  };
}

function isOfLoopback({ url }: RepositoryAddress): boolean {
  const parsed = tryParseUrl(url);
  return parsed !== undefined && isLoopback(parsed);
}
