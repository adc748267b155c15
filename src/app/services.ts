import { machine } from './machine.ts';
import { makeDevOpsConnections } from '../lib/azure-devops/connections.ts';
import type { DevOpsConnections } from '../lib/azure-devops/connections.ts';
import { appIdentity, personalAccessToken } from '../lib/azure-devops/token.ts';
import { makeRepositories } from '../lib/git/repositories.ts';
import type { Repositories } from '../lib/git/repositories.ts';
import type { HostShare } from '../lib/net/host-share.ts';
import { makeIdentity } from '../lib/net/identity.ts';
import type { Identity, SignInPlace } from '../lib/net/identity.ts';
import { makeRegistry } from '../lib/registry/make-registry.ts';
import type { Registry, TagLister } from '../lib/registry/registry.ts';
import type { Settings } from '../lib/settings/settings.ts';

type ServiceSettings = Pick<
  Settings,
  | 'azureDevOpsCollections'
  | 'registries'
  | 'registryCredentials'
  | 'localEndpoints'
  | 'azureDevOpsPat'
  | 'gitCredentials'
  | 'gitCredentialHosts'
  | 'gitHubHosts'
  | 'gitAuthor'
  | 'clientId'
>;

export interface ServiceOptions {
  /** `tagrelay/1.2.3`. */
  readonly userAgent: string;
  /** Default: `app`. */
  readonly place?: SignInPlace;
  /** Wraps the sign-in to Azure DevOps and the identity for registries; the command line keeps their first answers. */
  readonly authorization?: (signIn: () => Promise<string>) => () => Promise<string>;
  readonly identity?: (identity: Identity) => Identity;
  /** Counts the calls of registries; absent in the command line. */
  readonly hosts?: HostShare;
}

/** The services that routes use. A credential is sent only to the hosts that the settings allow. */
export interface Services {
  readonly connections: DevOpsConnections;
  readonly repositories: Repositories;
  readonly registry: Registry & TagLister;
}

/** Connects to Azure DevOps, Git hosts and registries by the settings. */
export function makeServices(settings: ServiceSettings, options: ServiceOptions): Services {
  const { userAgent, place = 'app', authorization = unchanged, identity = unchanged, hosts } = options;
  const { now, sleep } = machine;
  const { clientId, azureDevOpsPat, gitCredentials, gitAuthor } = settings;
  const signIn = azureDevOpsPat === undefined ? appIdentity(clientId, place) : personalAccessToken(azureDevOpsPat);
  const connections = makeDevOpsConnections({
    hosts: settings,
    authorization: authorization(signIn),
    userAgent,
    now,
  });
  return {
    connections,
    repositories: makeRepositories({ hosts: settings, connections, gitCredentials, gitAuthor, userAgent, now }),
    registry: makeRegistry({
      policy: settings,
      identity: identity(makeIdentity(clientId)),
      place,
      userAgent,
      now,
      sleep,
      ...(hosts && { hosts }),
    }),
  };
}

function unchanged<T>(value: T): T {
  return value;
}
