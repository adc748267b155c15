import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { tryParseJson } from '../../model/json.ts';
import { tryParseUrl } from '../../net/url.ts';
import type { Challenge } from './challenge.ts';
import type { DistributionEndpoint, RegistryEndpoint } from '../endpoint.ts';
import { registryFailure } from './failure.ts';
import { sendToRegistry } from './http.ts';
import type { RegistryRequest } from './http.ts';
import { withoutQuery } from '../../net/send.ts';
import type { HttpAnswer } from '../../net/send.ts';

/** Lets the app read one repository. */
export interface Grant {
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Answers a challenge; `undefined` where there is nothing to answer it with. */
export type Grants = (challenge: Challenge, repository: string, signal: AbortSignal) => Promise<Grant | undefined>;

/** A token that expires within this time counts as expired. */
const marginMs = 10_000;

/**
 * Grants by user name and password, or by none, as Docker's token authentication specification has it. The token
 * service has to be on the registry's own host, or on one that the operator named.
 */
export function passwordGrants(endpoint: DistributionEndpoint, now: Clock): Grants {
  const { user } = endpoint;
  const basic = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
  return async (challenge, repository, signal) => {
    if (challenge.scheme === 'basic')
      return basic === undefined ? undefined : { authorization: basic, expiresAt: Infinity };
    const url = tokenUrl(challenge, endpoint);
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
    url.searchParams.set('scope', pullScope(repository));
    const request: RegistryRequest = {
      method: 'GET',
      url: url.href,
      headers: basic === undefined ? {} : { authorization: basic },
      signal,
    };
    return readGrant(request, await sendToRegistry(request), endpoint, now());
  };
}

/** Leave to read one repository (Docker registry token scope documentation). */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

function tokenUrl(
  { realm }: Extract<Challenge, { scheme: 'bearer' }>,
  { registry, url: registryUrl, tokenOrigins }: DistributionEndpoint,
): URL {
  const url = tryParseUrl(realm);
  if (!url || (url.origin !== new URL(registryUrl).origin && !tokenOrigins.includes(url.origin))) {
    throw new Failure(
      'host-not-allowed',
      `${registry} sends for a token to ${url?.origin ?? 'no URL'}, which is not called. If that is right, name it as "realm" of ${registry} in REGISTRY_CREDENTIALS.`,
    );
  }
  url.username = '';
  url.password = '';
  return url;
}

/** Docker's specification calls it `token`, OAuth 2 `access_token`; one of them is there. */
const grantSchema = z
  .object({ token: z.string().min(1), expires_in: z.number().optional() })
  .or(
    z
      .object({ access_token: z.string().min(1), expires_in: z.number().optional() })
      .transform(({ access_token: token, ...rest }) => ({ token, ...rest })),
  );

/** A token that does not say when it expires is good for 60 s (Docker's token authentication specification). */
const defaultLifetimeMs = 60_000;

/**
 * Reads the answer of a token service.
 *
 * @throws {Failure} `registry-sign-in-failed`, or the failure of the status
 */
export function readGrant(
  request: RegistryRequest,
  { status, headers, body }: HttpAnswer,
  endpoint: RegistryEndpoint,
  now: Date,
): Grant {
  const asked = `${request.method} ${withoutQuery(request.url)}`;
  const text = body.toString('utf8');
  if (status !== 200)
    throw registryFailure({ asked, status, retryAfter: headers.get('retry-after'), body: text }, endpoint, now);
  const grant = grantSchema.safeParse(tryParseJson(text));
  if (!grant.success)
    throw new Failure('answer-not-understood', `${asked} gave no token; expected JSON with "token" or "access_token".`);
  const { token, expires_in: seconds } = grant.data;
  const expiry = seconds === undefined ? jwtExpiry(token) : now.getTime() + seconds * 1000;
  return { authorization: `Bearer ${token}`, expiresAt: (expiry ?? now.getTime() + defaultLifetimeMs) - marginMs };
}

const claimsSchema = z.object({ exp: z.number() });

/** When a JWT expires, in milliseconds since 1970; `undefined` of other tokens. Its signature is the registry's business. */
export function jwtExpiry(token: string): number | undefined {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = claimsSchema.safeParse(tryParseJson(payload));
  return claims.success ? claims.data.exp * 1000 : undefined;
}
