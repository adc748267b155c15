import { BuildApi } from 'azure-devops-node-api/BuildApi.js';
import { GitApi } from 'azure-devops-node-api/GitApi.js';
import { DevOpsHttp } from './http.ts';
import type { AuthorizationSource } from './token.ts';
import type { Clock } from '../model/clock.ts';
import { collectionEndpoint } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';

export interface DevOpsConnectionsDeps {
  readonly hosts: HostPolicy;
  readonly authorization: AuthorizationSource;
  readonly userAgent: string;
  readonly now: Clock;
}

/** How one collection of Azure DevOps is called: through one client, so that a wait it asks for holds for everything. */
export interface DevOpsConnection {
  /** The URL that the collection is called by. */
  readonly endpoint: string;
  readonly http: DevOpsHttp;
  readonly git: GitApi;
  readonly build: BuildApi;
}

/**
 * The connection of a collection, kept for the life of the process: its parts remember what they discover.
 *
 * @throws {Failure} `host-not-allowed` where the operator has not allowed the collection to get our credentials
 */
export type DevOpsConnections = (collection: string) => DevOpsConnection;

/** A push has landed or never will before its message is seen again: less than the shortest lease, 30 s. */
export const requestTimeoutMs = 25_000;
/** With two reads before it, a try that begins late still ends within the minute that an invocation has. */
export const readTimeoutMs = 10_000;

export function makeDevOpsConnections(deps: DevOpsConnectionsDeps): DevOpsConnections {
  const byEndpoint = new Map<string, DevOpsConnection>();
  return (collection) => {
    const endpoint = collectionEndpoint(collection, deps.hosts);
    const connection = byEndpoint.get(endpoint) ?? connect(endpoint, deps);
    byEndpoint.set(endpoint, connection);
    return connection;
  };
}

function connect(endpoint: string, { authorization, userAgent, now }: DevOpsConnectionsDeps): DevOpsConnection {
  const http = new DevOpsHttp({ authorization, userAgent, readTimeoutMs, writeTimeoutMs: requestTimeoutMs, now });
  const git = new GitApi(endpoint, [], {});
  const build = new BuildApi(endpoint, [], {});
  // All calls, discovery included, go through the client that throws where the package answers `null`.
  git.rest.client = http;
  build.rest.client = http;
  return { endpoint, http, git, build };
}
