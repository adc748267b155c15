import type { GitAddress } from './repository-url.ts';

/** A repository on a host that runs GitHub. */
export interface GitHubAddress {
  /** Of the repository, for people. */
  readonly url: string;
  /** As credentials are named by. */
  readonly host: string;
  readonly owner: string;
  readonly repository: string;
  /** Where the REST API of the host is, without a slash at the end. */
  readonly api: string;
}

const tenant = /^[a-z0-9-]+\.ghe\.com$/;

/**
 * Whether a host runs GitHub: `github.com`, a tenant of `ghe.com`, or a GitHub Enterprise Server that the operator names.
 * Nothing is ever asked to find out, so no token goes to a host that only pretends.
 */
export function isGitHub(host: string, gitHubHosts: readonly string[]): boolean {
  return host === 'github.com' || (tenant.test(host) && host !== 'api.ghe.com') || gitHubHosts.includes(host);
}

/** Reads a repository on GitHub; `undefined` where the host runs none, or the path is not `OWNER/REPOSITORY`. */
export function gitHubAddress(
  { url, host }: Pick<GitAddress, 'url' | 'host'>,
  gitHubHosts: readonly string[],
): GitHubAddress | undefined {
  if (!isGitHub(host, gitHubHosts)) return undefined;
  const { origin, pathname } = new URL(url);
  const [, owner, repository] = /^\/([A-Za-z0-9][A-Za-z0-9_-]*)\/([A-Za-z0-9._-]+)$/.exec(pathname) ?? [];
  return owner === undefined || repository === undefined
    ? undefined
    : { url, host, owner, repository, api: apiOf(host, origin) };
}

/** "Getting started with the REST API" of GitHub.com, of Enterprise Cloud with data residency, of Enterprise Server. */
function apiOf(host: string, origin: string): string {
  if (host === 'github.com') return 'https://api.github.com';
  return tenant.test(host) ? `https://api.${host}` : `${origin}/api/v3`;
}

/** Where the GraphQL API is beside a REST API. */
export function graphqlUrl(endpoint: string): string {
  return `${endpoint.replace(/\/v3$/, '')}/graphql`;
}
