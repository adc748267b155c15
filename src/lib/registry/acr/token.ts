import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { tryParseJson } from '../../model/json.ts';
import type { AzureEndpoint } from '../endpoint.ts';
import { registryFailure } from '../oci/failure.ts';
import { sendToRegistry } from '../oci/http.ts';
import type { RegistryRequest } from '../oci/http.ts';
import { audiences } from './identity-for.ts';
import { jwtExpiry, pullScope, readGrant } from '../oci/token.ts';
import type { Grants } from '../oci/token.ts';

/** A refresh token that expires within this time is not used any more. */
const marginMs = 5 * 60_000;
const exchangeSchema = z.object({ refresh_token: z.string().min(1) });

/**
 * Grants by the app's identity: its Entra token is exchanged for the registry's refresh token, and that for an access
 * token of one repository ("Azure Container Registry integration with Microsoft Entra ID"). Both go to the registry's
 * own host, regardless of the challenge.
 */
export function identityGrants(endpoint: AzureEndpoint, credential: TokenCredential, now: Clock): Grants {
  const { registry: service, url } = endpoint;
  let refreshToken: { readonly text: string; readonly expiresAt: number } | undefined;

  async function exchange(signal: AbortSignal): Promise<string> {
    if (refreshToken && refreshToken.expiresAt - marginMs > now().getTime()) return refreshToken.text;
    const token = await credential.getToken(`${audiences[endpoint.cloud]}/.default`, { abortSignal: signal });
    if (!token) throw new Failure('registry-sign-in-failed', `The app's identity gave no token for ${service}.`);
    const form = { grant_type: 'access_token', service, access_token: token.token };
    const answer = await sendToRegistry(formRequest(`${url}/oauth2/exchange`, form, signal));
    const body = answer.body.toString('utf8');
    if (answer.status !== 200) {
      const { status, headers } = answer;
      const asked = 'POST /oauth2/exchange';
      throw registryFailure({ asked, status, retryAfter: headers.get('retry-after'), body }, endpoint, now());
    }
    const text = exchangeSchema.safeParse(tryParseJson(body)).data?.refresh_token;
    if (text === undefined)
      throw new Failure('answer-not-understood', `${service} exchanged the app's token for no refresh token.`);
    refreshToken = { text, expiresAt: jwtExpiry(text) ?? now().getTime() };
    return text;
  }

  return async (_challenge, repository, signal) => {
    const form = {
      grant_type: 'refresh_token',
      service,
      scope: pullScope(repository),
      refresh_token: await exchange(signal),
    };
    const request = formRequest(`${url}/oauth2/token`, form, signal);
    const answer = await sendToRegistry(request);
    // A token that the registry refused (a new key, another role) is not sent again.
    if (answer.status === 401 || answer.status === 403) refreshToken = undefined;
    return readGrant(request, answer, endpoint, now());
  };
}

function formRequest(url: string, form: Readonly<Record<string, string>>, signal: AbortSignal): RegistryRequest {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  return { method: 'POST', url, headers, body: new URLSearchParams(form).toString(), signal };
}
