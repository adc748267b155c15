import { gitEndpoint, gitHubEndpoint, identityEndpoint } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';
import { readTimeoutMs, requestTimeoutMs } from '../azure-devops/connections.ts';
import type { DevOpsConnections } from '../azure-devops/connections.ts';
import { Throttling } from '../net/throttling.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { makeFindReviewers } from './azure-repos/identities.ts';
import { makeAzurePullRequests } from './azure-repos/pull-requests.ts';
import { makeAzureRepos } from './azure-repos/azure-repos.ts';
import { makeAzureStatuses } from './azure-repos/statuses.ts';
import type { GitAuthor } from './git-author.ts';
import { gitAuthorization } from './git-credentials.ts';
import type { GitCredentials } from './git-credentials.ts';
import { gitHubAddress } from '../net/github-address.ts';
import type { GitHubAddress } from '../net/github-address.ts';
import { GitHubHttp } from './github/http.ts';
import { makeGitHubPullRequests } from './github/pull-requests.ts';
import { makeGitHubSourceCommits } from './github/source-commits.ts';
import { makeGitHubStatuses } from './github/statuses.ts';
import { GitConnection } from './git-remote/connection.ts';
import { makeGitRemote } from './git-remote/git-remote.ts';
import { GitHttp } from './git-remote/http.ts';
import { ObjectCache } from './git-remote/object-cache.ts';
import type { PullRequests } from './pull-requests.ts';
import type { GitOpsRepository } from './repository.ts';
import { parseRepositoryUrl } from '../net/repository-url.ts';
import type { GitAddress } from '../net/repository-url.ts';
import type { SourceCommits } from './source-commits.ts';
import type { Statuses } from './statuses.ts';

export interface RepositoriesDeps {
  readonly hosts: HostPolicy;
  readonly connections: DevOpsConnections;
  readonly gitCredentials: GitCredentials;
  readonly gitAuthor: GitAuthor;
  readonly userAgent: string;
  readonly now: Clock;
}

/** Maximum size of an answer of a Git host: all files of a repository, where the host has no filter. */
const maxGitAnswerBytes = 96 * 1024 * 1024;

export interface Repositories {
  /** The repository at a URL with its key; kept for the life of the process. */
  open(url: string): OpenRepository & { readonly key: string };
}

export interface OpenRepository {
  readonly repository: GitOpsRepository;
  /** Absent where the Git host has none, or none that this version can open. */
  readonly pullRequests?: PullRequests;
  /** Absent where the Git host has none, or none that this version can post. */
  readonly statuses?: Statuses;
  /** Of GitHub, with a token. Azure Repos are read with their builds. */
  readonly sourceCommits?: SourceCommits;
}

/** Opens GitOps repositories; one connection per collection, so that discovery is done once. */
export function makeRepositories(deps: RepositoriesDeps): Repositories {
  const byKey = new Map<string, OpenRepository>();
  const objects = new ObjectCache();
  const throttlings = new Map<string, Throttling>();
  const gitHubHttps = new Map<string, GitHubHttp>();
  const findReviewers = new Map<string, PullRequests['findReviewers']>();

  function openAzureRepos(address: Parameters<typeof makeAzureRepos>[0]): OpenRepository {
    const { endpoint, http, git } = deps.connections(address.collection);
    const find = findReviewers.get(endpoint) ?? makeFindReviewers(identityEndpoint(endpoint), http);
    findReviewers.set(endpoint, find);
    return {
      repository: makeAzureRepos(address, git, http, deps.now),
      pullRequests: makeAzurePullRequests(address, git, find),
      statuses: makeAzureStatuses(address, git),
    };
  }

  function openGitRemote(address: GitAddress): OpenRepository {
    const url = gitEndpoint(address, deps.hosts);
    const { host } = new URL(url);
    const throttling = throttlings.get(host) ?? new Throttling(host, deps.now);
    throttlings.set(host, throttling);
    const http = new GitHttp({
      host,
      authorization: gitAuthorization(host, deps.gitCredentials),
      userAgent: deps.userAgent,
      timeoutMs: requestTimeoutMs,
      maxAnswerBytes: maxGitAnswerBytes,
      throttling,
      now: deps.now,
    });
    const connection = new GitConnection(url, http, deps.userAgent);
    const { gitAuthor: author, now } = deps;
    const remote = makeGitRemote({ connection, cache: objects, key: address.key, author, now });
    const gitHub = gitHubAddress(address, deps.hosts.gitHubHosts ?? []);
    if (!gitHub) return { repository: remote };
    const { head, pushSource, removeSource } = remote;
    const defaultBranch = async () => (await remote.tip(undefined)).branch;
    const branches = { head, pushSource, removeSource, defaultBranch };
    const pullRequests = makeGitHubPullRequests({ address: gitHub, connect: () => connectGitHub(gitHub), branches });
    // Statuses need a token, and a source repository may be public.
    const hasToken = hasGitHubToken(gitHub);
    const api = { address: gitHub, connect: () => connectGitHub(gitHub) };
    return {
      repository: remote,
      pullRequests,
      ...(hasToken && { statuses: makeGitHubStatuses(api), sourceCommits: makeGitHubSourceCommits(api) }),
    };
  }

  function hasGitHubToken(address: GitHubAddress): boolean {
    try {
      return deps.gitCredentials.has(gitHubName(address, gitHubEndpoint(address, deps.hosts)));
    } catch (error) {
      if (error instanceof Failure) return false; // Its API is not to be called.
      throw error;
    }
  }

  /** One per host, so that its limits are obeyed for all its repositories. */
  function connectGitHub(address: GitHubAddress): GitHubHttp {
    const { host } = address;
    const known = gitHubHttps.get(host);
    if (known) return known;
    const endpoint = gitHubEndpoint(address, deps.hosts);
    const name = gitHubName(address, endpoint);
    const http = new GitHubHttp({
      host: name,
      endpoint,
      credential: deps.gitCredentials.get(name),
      userAgent: deps.userAgent,
      readTimeoutMs,
      writeTimeoutMs: requestTimeoutMs,
      now: deps.now,
    });
    gitHubHttps.set(host, http);
    return http;
  }

  return {
    open(url) {
      const address = parseRepositoryUrl(url, deps.hosts.azureDevOpsCollections);
      if ('problem' in address) throw new Failure('host-not-allowed', `The repository URL ${url} ${address.problem}.`);
      const opened =
        byKey.get(address.key) ?? (address.kind === 'git' ? openGitRemote(address) : openAzureRepos(address));
      byKey.set(address.key, opened);
      return { key: address.key, ...opened };
    },
  };
}

/** A machine that plays the host gets the credential of its own name only. */
function gitHubName({ host, api }: GitHubAddress, endpoint: string): string {
  return endpoint === api ? host : new URL(endpoint).host;
}
