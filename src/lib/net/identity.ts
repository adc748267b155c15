import type { TokenCredential } from '@azure/identity';

/** The app's identity, made when it is first needed. */
export type Identity = () => Promise<TokenCredential>;

/** The managed identity in Azure, the developer's own sign-in elsewhere. */
export function makeIdentity(clientId: string | undefined): Identity {
  let credential: Promise<TokenCredential> | undefined;
  return () =>
    (credential ??= import('./sdk/identity.ts').then(
      ({ DefaultAzureCredential }) =>
        new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
    ));
}
