import type { TokenCredential } from '@azure/identity';

/** The app's identity, made when it is first needed. */
export type Identity = () => Promise<TokenCredential>;

/** Whose sign-in it is: the deployed app's, or that of a person's computer or build agent. */
export type SignInPlace = 'app' | 'computer';

/** The reason for which there is no token, and its fix in that place. */
export function noIdentity(target: string, place: SignInPlace): string {
  return place === 'app'
    ? `The app has no identity that gets a token for ${target}. Give the Function App a managed identity (and set AZURE_CLIENT_ID for a user-assigned one)`
    : `This computer has no sign-in that gets a token for ${target}. Run az login`;
}

/** The managed identity in Azure, the developer's own sign-in elsewhere. */
export function makeIdentity(clientId: string | undefined): Identity {
  let credential: Promise<TokenCredential> | undefined;
  return () =>
    (credential ??= import('./sdk/identity.ts').then(
      ({ DefaultAzureCredential }) =>
        new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
    ));
}
