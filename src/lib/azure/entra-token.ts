import type { JWTVerifyGetKey } from 'jose';
import type { GateSignIn } from '../gate-settings.ts';

/** Whether whoever shows this token may call; else why not, for the log. */
export type VerifyToken = (
  authorization: string | undefined,
) => Promise<{ readonly application: string } | { readonly refused: string }>;

/** Clocks differ by so much, in seconds. */
const clockTolerance = 60;

/**
 * Verifies access tokens of Entra ID: signature, issuer, audience, time, tenant and application (the claims of versions
 * 1 and 2: `appid` and `azp`, "Access token claims reference" of the Microsoft identity platform).
 *
 * @param keys the tenant's keys, where they are not to be fetched from the authority
 */
export function makeVerifyToken(
  { tenant, audiences, applications, authority }: GateSignIn,
  { keys, now }: { readonly keys?: JWTVerifyGetKey; readonly now: () => Date },
): VerifyToken {
  let remote: Promise<JWTVerifyGetKey> | undefined;
  const findKeys = (): Promise<JWTVerifyGetKey> =>
    (remote ??= keys ? Promise.resolve(keys) : fetchKeys(authority, tenant));
  const issuers = [`${authority}/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`];

  return async (authorization) => {
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
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  };
}

async function fetchKeys(authority: string, tenant: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet } = await import('./sdk/jose.ts');
  return createRemoteJWKSet(new URL(`${authority}/${tenant}/discovery/v2.0/keys`), { timeoutDuration: 2_000 });
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}
