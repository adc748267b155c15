import { Failure } from '../model/failure.ts';
import { azureRegistryCloud, isLoopbackRegistry } from './registry-settings.ts';
import type { AzureCloud, RegistrySignIn } from './registry-settings.ts';

/** The registries that are called, and their credentials: from settings, never from a route, a label or a payload. */
export interface RegistryPolicy {
  /** Hosts besides Azure's own (`REGISTRIES`), in lower case. */
  readonly registries: readonly string[];
  /** By host in lower case (`REGISTRY_CREDENTIALS`). */
  readonly registryCredentials: ReadonlyMap<string, RegistrySignIn>;
  /** Registry → loopback URL that stands in for it (`LOCAL_ENDPOINTS`). While set, nothing but loopback is called. */
  readonly localEndpoints?: Readonly<Record<string, string>>;
}

/** Where and how a registry is called. */
export type RegistryEndpoint = AzureEndpoint | DistributionEndpoint;

interface Endpoint {
  readonly registry: string;
  /** Without a slash at the end; `http:` is loopback's alone. */
  readonly url: string;
}

/** Asked with the app's identity. */
export interface AzureEndpoint extends Endpoint {
  readonly kind: 'azure';
  readonly cloud: AzureCloud;
  /** A stand-in on this machine: it never gets a token of the app's identity. */
  readonly isStandIn: boolean;
}

/** Asked as the OCI distribution specification has it. */
export interface DistributionEndpoint extends Endpoint {
  readonly kind: 'distribution';
  readonly user: { readonly name: string; readonly password: string } | undefined;
  /** Origins besides the registry's own that may be asked for a token. */
  readonly tokenOrigins: readonly string[];
}

/** Docker Hub is named after neither its registry nor its token service (Docker Hub registry API reference). */
const dockerHub = { name: 'docker.io', url: 'https://registry-1.docker.io', tokenOrigin: 'https://auth.docker.io' };

/**
 * Finds out where a registry is called.
 *
 * @throws {Failure} `host-not-allowed` where the operator has not allowed the registry to be called
 */
export function registryEndpoint(name: string, policy: RegistryPolicy): RegistryEndpoint {
  const registry = name.toLowerCase();
  const { localEndpoints, registries, registryCredentials } = policy;
  const [, local] = Object.entries(localEndpoints ?? {}).find(([name]) => name.toLowerCase() === registry) ?? [];
  const isLoopback = isLoopbackRegistry(registry);
  if (localEndpoints && local === undefined && !isLoopback) {
    throw new Failure(
      'host-not-allowed',
      `The registry ${registry} is not called: LOCAL_ENDPOINTS is set and does not name it. Name it there, or unset LOCAL_ENDPOINTS.`,
    );
  }
  const cloud = azureRegistryCloud(registry);
  if (!localEndpoints && cloud === undefined && !registries.includes(registry)) {
    throw new Failure(
      'host-not-allowed',
      `The registry ${registry} is not called: it is neither an Azure Container Registry nor named in REGISTRIES.`,
    );
  }
  const isHub = registry === dockerHub.name;
  const url = local ?? (isLoopback ? `http://${registry}` : isHub ? dockerHub.url : `https://${registry}`);
  const signIn = registryCredentials.get(registry);
  if (cloud !== undefined && signIn === undefined)
    return { kind: 'azure', registry, url, cloud, isStandIn: local !== undefined };
  return {
    kind: 'distribution',
    registry,
    url,
    user: signIn?.user,
    // The local platform calls only this machine, regardless of the realm.
    tokenOrigins: localEndpoints ? [] : [signIn?.tokenOrigin ?? (isHub ? dockerHub.tokenOrigin : [])].flat(),
  };
}
