import { collectionEndpoint, gitEndpoint, gitHubEndpoint, identityEndpoint } from '../azure/hosts.ts';
import type { HostPolicy } from '../azure/hosts.ts';
import { DevOpsHttp } from '../azure/devops-http.ts';
import type { AuthorizationSource } from '../azure/devops-token.ts';
import { Throttling } from '../azure/throttling.ts';
import { Failure } from '../failure.ts';
import { makeFindReviewers } from './azure-identities.ts';
import { makeAzurePullRequests } from './azure-pull-requests.ts';
import { makeAzureRepos, makeGitApi } from './azure-repos.ts';
import type { GitAuthor } from './git-author.ts';
import { gitAuthorization } from './git-credentials.ts';
import type { GitCredentials } from './git-credentials.ts';
import { gitHubAddress } from './github/address.ts';
import type { GitHubAddress } from './github/address.ts';
import { GitHubHttp } from './github/http.ts';
import { makeGitHubPullRequests } from './github/pull-requests.ts';
import { GitConnection } from './git-remote/connection.ts';
import { makeGitRemote } from './git-remote/git-remote.ts';
import { GitHttp } from './git-remote/http.ts';
import { ObjectCache } from './git-remote/object-cache.ts';
import type { PullRequests } from './pull-requests.ts';
import type { GitOpsRepository } from './repository.ts';
import { parseRepositoryUrl } from './repository-url.ts';
import type { GitAddress } from './repository-url.ts';

export interface RepositoriesDeps {
  readonly hosts: HostPolicy;
  readonly authorization: AuthorizationSource;
  readonly gitCredentials: GitCredentials;
  readonly gitAuthor: GitAuthor;
  readonly userAgent: string;
  readonly now: () => number;
}

/** A push has landed or never will before its message is seen again: less than the shortest lease, 30 s. */
const requestTimeoutMs = 25_000;
/** With two reads before it, a try that begins late still ends within the minute that an invocation has. */
const readTimeoutMs = 10_000;
/** What a Git host may answer at most: all of a repository's files, where it does not let us leave them out. */
const maxGitAnswerBytes = 96 * 1024 * 1024;

export interface Repositories {
  /** The repository at a URL and what it is told apart by; kept for the life of the process. */
  open(url: string): OpenRepository & { readonly key: string };
}

export interface OpenRepository {
  readonly repository: GitOpsRepository;
  /** Absent where the Git host has none, or none that this version can open. */
  readonly pullRequests?: PullRequests;
}

/** Opens GitOps repositories; one connection per collection, so that discovery is done once. */
export function makeRepositories(deps: RepositoriesDeps): Repositories {
  const byKey = new Map<string, OpenRepository>();
  const objects = new ObjectCache();
  const throttlings = new Map<string, Throttling>();
  const gitHubHttps = new Map<string, GitHubHttp>();
  const byEndpoint = new Map<string, ReturnType<typeof connect>>();

  function connect(endpoint: string) {
    const http = new DevOpsHttp({
      authorization: deps.authorization,
      userAgent: deps.userAgent,
      readTimeoutMs,
      writeTimeoutMs: requestTimeoutMs,
      now: deps.now,
    });
    return {
      http,
      git: makeGitApi(endpoint, http),
      findReviewers: makeFindReviewers(identityEndpoint(endpoint), http),
    };
  }

  function openAzureRepos(address: Parameters<typeof makeAzureRepos>[0]): OpenRepository {
    const endpoint = collectionEndpoint(address.collection, deps.hosts);
    const connection = byEndpoint.get(endpoint) ?? connect(endpoint);
    byEndpoint.set(endpoint, connection);
    const { git, http, findReviewers } = connection;
    return {
      repository: makeAzureRepos(address, git, http, deps.now),
      pullRequests: makeAzurePullRequests(address, git, findReviewers),
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
    return { repository: remote, pullRequests };
  }

  /** One per host, so that its limits are obeyed for all its repositories. */
  function connectGitHub(address: GitHubAddress): GitHubHttp {
    const { host, api } = address;
    const known = gitHubHttps.get(host);
    if (known) return known;
    const endpoint = gitHubEndpoint(address, deps.hosts);
    // A machine that plays the host gets the credential of its own name only.
    const name = endpoint === api ? host : new URL(endpoint).host;
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
