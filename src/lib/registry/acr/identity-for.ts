import type { TokenCredential } from '@azure/identity';
import { Failure } from '../../model/failure.ts';
import { noIdentity } from '../../net/identity.ts';
import type { Identity, SignInPlace } from '../../net/identity.ts';
import type { AzureEndpoint } from '../endpoint.ts';
import { signInAdvice } from '../oci/failure.ts';

/**
 * The audience of a token: Azure Container Registry itself in the public cloud; the sovereign clouds take tokens
 * for their resource manager (`KnownContainerRegistryAudience` of `@azure/container-registry`).
 */
export const audiences = {
  public: 'https://containerregistry.azure.net',
  china: 'https://management.chinacloudapi.cn',
  government: 'https://management.usgovcloudapi.net',
} as const satisfies Record<AzureEndpoint['cloud'], string>;

/** The token for a stand-in; it is worthless elsewhere. */
const standInToken = { token: 'local-identity', expiresOnTimestamp: 8_640_000_000_000_000 };

/** The identity as one registry sees it. Failing to get a token is `registry-sign-in-failed`. */
export function identityFor(endpoint: AzureEndpoint, identity: Identity, place: SignInPlace = 'app'): TokenCredential {
  return {
    async getToken(scopes, options) {
      if (endpoint.isStandIn) return standInToken;
      try {
        return await (await identity()).getToken(scopes, options);
      } catch (cause) {
        throw new Failure(
          'registry-sign-in-failed',
          `${noIdentity(endpoint.registry, place)}.${place === 'app' ? ` ${signInAdvice(endpoint)}` : ''}`,
          { cause },
        );
      }
    },
  };
}
