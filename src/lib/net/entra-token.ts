import type { Clock } from '../model/clock.ts';
import type { JWTVerifyGetKey } from 'jose';
import { fetchThrough } from './fetch-through.ts';
import { Failure } from '../model/failure.ts';

/** The tokens of Entra ID that are accepted. */
export interface EntraSignIn {
  /** Id of the Entra tenant; empty where it is set wrongly. */
  readonly tenant: string;
  /** The accepted audiences of tokens. */
  readonly audiences: readonly string[];
  /** Application (client) ids that may call, in lower case. */
  readonly applications: readonly string[];
  /** Where the tenant's keys and issuer are. */
  readonly authority: string;
}

/** Whether the bearer of this token may call; else the reason, for the log. */
export type VerifyToken = (
  authorization: string | undefined,
) => Promise<{ readonly application: string } | { readonly refused: string }>;

/** Clocks differ by so much, in seconds. */
const clockTolerance = 60;

/** The keys of a tenant have about 10 KiB. */
const fetchBounded = fetchThrough(1024 * 1024);

/** The error codes of `jose` that concern the keys, not the token. */
const codesOfKeys: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']);

/**
 * Verifies access tokens of Entra ID: signature, issuer, audience, time, tenant and application (the claims of versions
 * 1 and 2: `appid` and `azp`, "Access token claims reference" of the Microsoft identity platform).
 *
 * @param keys the tenant's keys, where they are not to be fetched from the authority
 * @returns what throws a `Failure` `service-unavailable` where the keys cannot be read
 */
export function makeVerifyToken(
  { tenant, audiences, applications, authority }: EntraSignIn,
  { keys, now }: { readonly keys?: JWTVerifyGetKey; readonly now: Clock },
): VerifyToken {
  let remote: Promise<JWTVerifyGetKey> | undefined;
  const findKeys = (): Promise<JWTVerifyGetKey> =>
    (remote ??= keys ? Promise.resolve(keys) : fetchKeys(authority, tenant));
  const issuers = [`${authority}/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`];

  const isWhole = tenant !== '' && audiences.length > 0 && applications.length > 0;

  return async (authorization) => {
    if (!isWhole) return { refused: 'the settings that say who may call are not complete' };
    const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return { refused: 'there is no bearer token' };
    const { jwtVerify } = await import('./sdk/jose.ts');
    try {
      const { payload } = await jwtVerify(token, await findKeys(), {
        algorithms: ['RS256', 'PS256'],
        audience: [...audiences],
        issuer: issuers,
        requiredClaims: ['exp', 'tid'],
        clockTolerance,
        currentDate: now(),
      });
      if (textOf(payload['tid']).toLowerCase() !== tenant) return { refused: 'the token is of another tenant' };
      const application = textOf(payload['azp'] ?? payload['appid']).toLowerCase();
      return applications.includes(application)
        ? { application }
        : { refused: 'GATE_APPLICATIONS does not name the caller' };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (isOfToken(error)) return { refused: reason };
      throw new Failure('service-unavailable', `The signing keys of ${authority} could not be read: ${reason}.`, {
        cause: error,
      });
    }
  };
}

/** Whether something is wrong with a token; what has no code of `jose` went wrong on the way to the keys. */
function isOfToken(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return false;
  return error.code.startsWith('ERR_J') && !codesOfKeys.has(error.code);
}

async function fetchKeys(authority: string, tenant: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, customFetch } = await import('./sdk/jose.ts');
  return createRemoteJWKSet(new URL(`${authority}/${tenant}/discovery/v2.0/keys`), {
    timeoutDuration: 2_000,
    [customFetch]: fetchBounded,
  });
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}
