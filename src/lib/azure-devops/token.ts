import { Failure } from '../model/failure.ts';
import { makeIdentity, noIdentity } from '../net/identity.ts';
import type { SignInPlace } from '../net/identity.ts';

/** Gives the value of the `Authorization` header for Azure DevOps; renewed before it expires. */
export type AuthorizationSource = () => Promise<string>;

/** Application id of Azure DevOps in Entra ID, the same in every tenant (Azure DevOps REST documentation). */
const azureDevOpsScope = '499b84ac-1321-427f-aa17-267ca6975798/.default';

/** Signs in with a personal access token. Azure DevOps ignores the user name. */
export function personalAccessToken(token: string): AuthorizationSource {
  const header = `Basic ${Buffer.from(`:${token}`).toString('base64')}`;
  return () => Promise.resolve(header);
}

/**
 * Signs in with the app's identity: managed identity in Azure, the developer's own sign-in elsewhere.
 * `@azure/identity` keeps the token until shortly before it expires.
 *
 * @throws {Failure} `sign-in-failed` where no token is available
 */
export function appIdentity(clientId: string | undefined, place: SignInPlace): AuthorizationSource {
  const credential = makeIdentity(clientId);
  return async () => {
    try {
      const answer = await (await credential()).getToken(azureDevOpsScope);
      if (!answer) throw new TypeError('the identity gave no token');
      return `Bearer ${answer.token}`;
    } catch (cause) {
      throw new Failure('sign-in-failed', `${noIdentity('Azure DevOps', place)}, or set AZURE_DEVOPS_PAT.`, { cause });
    }
  };
}
