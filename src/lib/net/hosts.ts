import { Failure } from '../model/failure.ts';
import type { GitHubAddress } from './github-address.ts';
import { canonicalCollection, isLoopback } from './repository-url.ts';
import type { GitAddress } from './repository-url.ts';
import { tryParseUrl } from './url.ts';

/** The hosts that may receive credentials: from settings, never from a route, a label or a payload. */
export interface HostPolicy {
  /** Canonical collections besides Azure DevOps Services (`AZURE_DEVOPS_COLLECTIONS`). */
  readonly azureDevOpsCollections: readonly string[];
  /** Hosts of GitHub Enterprise Server, in lower case (`GITHUB_HOSTS`). */
  readonly gitHubHosts?: readonly string[];
  /**
   * Canonical collection or registry → loopback URL that stands in for it (`LOCAL_ENDPOINTS`). While it is set, nothing
   * but what it names, and loopback itself, is ever called.
   */
  readonly localEndpoints?: Readonly<Record<string, string>>;
}

/**
 * The URL under which an Azure DevOps collection is called.
 *
 * @throws {Failure} `host-not-allowed` where the operator has not allowed the collection to get our credentials.
 */
export function collectionEndpoint(collection: string, policy: HostPolicy): string {
  const canonical = canonicalCollection(collection) ?? collection;
  const url = tryParseUrl(canonical);
  if (policy.localEndpoints) {
    const local = findIgnoringCase(policy.localEndpoints, canonical);
    if (local !== undefined) return local;
    if (url && isLoopback(url)) return canonical;
    throw new Failure(
      'host-not-allowed',
      `${canonical} is not called: LOCAL_ENDPOINTS is set and does not name it. Name it there, or unset LOCAL_ENDPOINTS.`,
    );
  }
  if (url?.protocol === 'https:' && url.hostname === 'dev.azure.com') return canonical;
  const isNamed = policy.azureDevOpsCollections.some((named) => named.toLowerCase() === canonical.toLowerCase());
  if (isNamed) return canonical;
  throw new Failure(
    'host-not-allowed',
    `${canonical} is not called: it is neither Azure DevOps Services nor named in AZURE_DEVOPS_COLLECTIONS.`,
  );
}

/**
 * The name by which routes have a collection that calls itself by its own URL. A collection of this machine can stand in for
 * several (`LOCAL_ENDPOINTS`), and routes can name it by its own URL too: the first known name, else the first name.
 *
 * @param known the collections that routes and settings name, in lower case
 */
export function collectionStoodInFor(
  collection: string,
  { localEndpoints = {} }: Pick<HostPolicy, 'localEndpoints'>,
  known: ReadonlySet<string>,
): string {
  const sent = canonicalCollection(collection) ?? collection;
  const names = Object.keys(localEndpoints).filter((name) => canonicalCollection(localEndpoints[name] ?? '') === sent);
  return [...names, sent].find((name) => known.has(name.toLowerCase())) ?? names[0] ?? collection;
}

/**
 * The URL under which a collection's people and groups are found: a host of its own for Azure DevOps Services
 * ("Identities - Read Identities" in the REST reference), the collection itself elsewhere.
 */
export function identityEndpoint(endpoint: string): string {
  return endpoint.replace(/^https:\/\/dev\.azure\.com\//, 'https://vssps.dev.azure.com/');
}

/**
 * The URL under which a repository on a Git host is called: `https`, or this machine. While `LOCAL_ENDPOINTS` is set,
 * this machine only: a host (`https://github.com`) or repository that it names, or loopback itself.
 *
 * @throws {Failure} `host-not-allowed`
 */
export function gitEndpoint({ url }: Pick<GitAddress, 'url'>, policy: HostPolicy): string {
  return endpoint(url, policy);
}

/**
 * The URL under which the API of a GitHub host is called, by the same rule: while `LOCAL_ENDPOINTS` is set it has to name
 * the API itself (`https://api.github.com`), or the host where the API is below it.
 *
 * @throws {Failure} `host-not-allowed`
 */
export function gitHubEndpoint({ api }: Pick<GitHubAddress, 'api'>, policy: HostPolicy): string {
  return endpoint(api, policy);
}

function endpoint(text: string, { localEndpoints }: HostPolicy): string {
  const url = new URL(text);
  if (localEndpoints) {
    const local = Object.entries(localEndpoints)
      .map(([name, target]) => ({
        name: (name.includes('://') ? name : `https://${name}`).replace(/\.git$/, ''),
        target,
      }))
      .filter(({ name }) => `${text}/`.toLowerCase().startsWith(`${name}/`.toLowerCase()))
      .toSorted((a, b) => b.name.length - a.name.length)[0];
    if (local) return local.target + text.slice(local.name.length);
    if (isLoopback(url)) return text;
    throw new Failure(
      'host-not-allowed',
      `${text} is not called: LOCAL_ENDPOINTS is set and names neither it nor its host. Name one there, or unset LOCAL_ENDPOINTS.`,
    );
  }
  if (url.protocol === 'https:' || isLoopback(url)) return text;
  throw new Failure('host-not-allowed', `${text} is not called: it is not https.`);
}

function findIgnoringCase(map: Readonly<Record<string, string>>, key: string): string | undefined {
  for (const [name, value] of Object.entries(map)) if (name.toLowerCase() === key.toLowerCase()) return value;
  return undefined;
}
