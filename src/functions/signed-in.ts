import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { foreignReason } from '../lib/net/foreign-origin.ts';
import { hasRole, readPrincipal } from '../lib/net/principal.ts';
import type { Principal, Role } from '../lib/net/principal.ts';
import { problem, setActor } from './http.ts';
import { logOf } from './log.ts';

/** A handler for callers who signed in with Entra ID and have the role. Only for apps behind App Service Authentication. */
export function forRole(role: Role, handler: HttpHandler): HttpHandler {
  return async (request, context) => {
    const principal = permit(request, role);
    if ('response' in principal) {
      logOf(context)('warn', 'sign-in-refused', { role, reason: principal.reason });
      return principal.response;
    }
    setActor(request, principal.name);
    return handler(request, context);
  };
}

interface Refused {
  readonly reason: string;
  readonly response: HttpResponseInit;
}

function permit(request: HttpRequest, role: Role): Principal | Refused {
  const foreign = foreignReason(request);
  if (foreign !== undefined) return refusal(403, 'Refused', foreign);
  const principal = principalOf(request);
  if (!principal) return refusal(401, 'Not signed in', 'no person or application is signed in');
  if (hasRole(principal, role)) return principal;
  return refusal(403, 'Role missing', `this needs the app role ${role}`);
}

function refusal(status: number, title: string, reason: string): Refused {
  return { reason, response: problem(status, title, `${reason[0]?.toUpperCase()}${reason.slice(1)}.`) };
}

/** `GET /api/sign-in`: whether people can sign in, and who has. @param isSetUp App Service Authentication is on */
export function makeSignIn(isSetUp: boolean): HttpHandler {
  return (request) => {
    const isForeign = foreignReason(request) !== undefined;
    const principal = isSetUp && !isForeign ? principalOf(request) : undefined;
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { isSetUp, ...principal } };
  };
}

/** The signed-in caller. Only for apps behind App Service Authentication: otherwise anyone can write the header. */
export function principalOf({ headers }: HttpRequest): Principal | undefined {
  return readPrincipal(headers.get('x-ms-client-principal'));
}
