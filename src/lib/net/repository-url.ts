import { tryParseUrl } from './url.ts';

/** Where a GitOps repository is, in one canonical form per repository. */
export type RepositoryAddress = AzureReposAddress | GitAddress;

export interface AzureReposAddress {
  readonly kind: 'azure-repos';
  /** Canonical URL for people and for commits: no user, no query, names unchanged. */
  readonly url: string;
  /** The key for comparisons; Azure DevOps ignores the case of names. */
  readonly key: string;
  /** URL of the organization or collection, without a slash at the end: `https://dev.azure.com/contoso`. */
  readonly collection: string;
  readonly project: string;
  readonly repository: string;
}

/** A repository on any other Git host, over smart HTTP. */
export interface GitAddress {
  readonly kind: 'git';
  readonly url: string;
  readonly key: string;
  /** Host with port where it has one, in lower case. */
  readonly host: string;
}

export interface RepositoryUrlProblem {
  /** The problem and the expectation, as a clause after the URL. */
  readonly problem: string;
}

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a URL's host is this machine. */
export function isLoopback(url: URL): boolean {
  return loopbackHosts.has(url.hostname) || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}

/**
 * Reads a repository URL in any of the forms in which Azure DevOps shows it: `dev.azure.com`, `*.visualstudio.com`,
 * SSH, and Azure DevOps Server collections, which settings must name because their URLs look like any other.
 * Every other `https` URL is a Git host. `http` is for this machine only.
 */
export function parseRepositoryUrl(
  text: string,
  azureDevOpsCollections: readonly string[] = [],
): RepositoryAddress | RepositoryUrlProblem {
  const ssh =
    /^(?:ssh:\/\/)?[^@/\s]+@(?:ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)[:/]v3\/([^/\s]+)\/([^/\s]+)\/([^/\s]+?)\/?$/i.exec(
      text,
    );
  if (ssh) {
    const [organization = '', project = '', repository = ''] = ssh.slice(1).map(decodeName);
    return azureRepos(`https://dev.azure.com/${encodeURIComponent(organization)}`, project, repository);
  }
  const url = tryParseUrl(text);
  if (!url) return { problem: 'is not a URL; expected `https://…`' };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    return { problem: `begins with ${url.protocol}//; expected https:// (http:// is for this machine only)` };
  }
  if (url.password !== '') return { problem: 'holds a password; credentials belong in their own setting' };
  if (url.search !== '' || url.hash !== '')
    return { problem: 'has a query or a fragment; expected the plain clone URL' };
  const segments = url.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeName);
  if (segments.some((segment) => segment === '.' || segment === '..' || /[\p{Cc}/\\]/u.test(segment))) {
    return { problem: 'has a path segment that no repository can have' };
  }
  return azureReposAddress(url, segments, azureDevOpsCollections) ?? gitAddress(url, segments);
}

function azureReposAddress(
  url: URL,
  segments: readonly string[],
  collections: readonly string[],
): RepositoryAddress | RepositoryUrlProblem | undefined {
  const visualStudio = /^([a-z0-9][a-z0-9-]*)\.visualstudio\.com$/.exec(url.hostname)?.[1];
  const isService = url.hostname === 'dev.azure.com' || visualStudio !== undefined;
  const at = segments.indexOf('_git');
  if (at < 0) {
    if (!isService) return undefined;
    return {
      problem:
        'is not a repository of Azure DevOps; expected https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY',
    };
  }
  const repository = segments[at + 1];
  if (repository === undefined || segments.length !== at + 2) {
    return isService ? { problem: 'must end in /_git/REPOSITORY' } : undefined;
  }
  const before = segments.slice(0, at);
  if (visualStudio !== undefined) {
    const inside = before[0]?.toLowerCase() === 'defaultcollection' ? before.slice(1) : before;
    if (inside.length > 1) return { problem: 'has more in front of /_git/ than a project' };
    return azureRepos(`https://dev.azure.com/${visualStudio}`, inside[0] ?? repository, repository);
  }
  if (url.hostname === 'dev.azure.com') {
    const [organization, project, ...rest] = before;
    if (organization === undefined || rest.length > 0)
      return { problem: 'must be https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY' };
    return azureRepos(`https://dev.azure.com/${encodeURIComponent(organization)}`, project ?? repository, repository);
  }
  return serverRepository(url, before, repository, collections);
}

/** A repository of a named Azure DevOps Server collection, or of an Azure DevOps on this machine. */
function serverRepository(
  url: URL,
  before: readonly string[],
  repository: string,
  collections: readonly string[],
): RepositoryAddress | undefined {
  for (const text of collections) {
    const collection = canonicalCollection(text);
    const named = collection === undefined ? undefined : tryParseUrl(collection);
    if (!named || named.origin !== url.origin) continue;
    const prefix = named.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeName);
    const isPrefix = prefix.every((segment, index) => segment.toLowerCase() === before[index]?.toLowerCase());
    if (collection !== undefined && isPrefix && before.length - prefix.length <= 1) {
      return azureRepos(collection, before[prefix.length] ?? repository, repository);
    }
  }
  if (!isLoopback(url) || before.length === 0) return undefined;
  const path = before.length === 1 ? before : before.slice(0, -1);
  const collection = `${url.origin}/${path.map(encodeURIComponent).join('/')}`;
  return azureRepos(collection, before.length === 1 ? repository : (before.at(-1) ?? repository), repository);
}

function azureRepos(collection: string, project: string, repository: string): AzureReposAddress {
  const url = `${collection}/${encodeURIComponent(project)}/_git/${encodeURIComponent(repository)}`;
  return { kind: 'azure-repos', url, key: url.toLowerCase(), collection, project, repository };
}

function gitAddress(url: URL, segments: readonly string[]): GitAddress | RepositoryUrlProblem {
  if (segments.length === 0) return { problem: 'names a host but no repository' };
  const path = segments
    .map(encodeURIComponent)
    .join('/')
    .replace(/\.git$/, '');
  const canonical = `${url.protocol}//${url.host}/${path}`;
  return { kind: 'git', url: canonical, key: canonical, host: url.host };
}

/**
 * One form for an organization or collection URL: no slash at the end, `visualstudio.com` as `dev.azure.com`.
 * `undefined` where the text is no such URL.
 */
export function canonicalCollection(text: string): string | undefined {
  const url = tryParseUrl(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  if (url.search !== '' || url.hash !== '' || url.password !== '') return undefined;
  const visualStudio = /^([a-z0-9][a-z0-9-]*)\.visualstudio\.com$/.exec(url.hostname)?.[1];
  if (visualStudio !== undefined) return `https://dev.azure.com/${visualStudio}`;
  const path = url.pathname.replace(/\/+$/, '');
  if (url.hostname === 'dev.azure.com' && !/^\/[^/]+$/.test(path)) return undefined;
  return `${url.protocol}//${url.host}${path}`;
}

function decodeName(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // A lone `%` is part of the name.
  }
}
