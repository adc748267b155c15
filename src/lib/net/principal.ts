import { z } from 'zod';
import { tryParseJson } from '../model/json.ts';

/** App roles of the app registration: a reader reads, an admin also changes. */
export type Role = 'reader' | 'admin';

/** A caller who signed in with Entra ID. */
export interface Principal {
  readonly name: string;
  readonly roles: readonly Role[];
}

const principalSchema = z.object({
  auth_typ: z.literal('aad'),
  name_typ: z.string().catch(''),
  role_typ: z.string().catch(''),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});
const roleTypes = new Set(['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role']);
/** A person, else an application: its id, in tokens of version 2 and 1. */
const nameTypes = ['preferred_username', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name', 'azp', 'appid'];
const longestName = 200;

/**
 * The caller in the header `x-ms-client-principal`. The header is proof only where App Service Authentication is on, as it
 * lets no request from outside set it: https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
 */
export function readPrincipal(header: string | null): Principal | undefined {
  if (header === null) return undefined;
  const parsed = principalSchema.safeParse(tryParseJson(Buffer.from(header, 'base64').toString('utf8')));
  if (!parsed.success) return undefined;
  const { claims, name_typ: nameType, role_typ: roleType } = parsed.data;
  const names = [nameType, ...nameTypes].map((type) => claims.find(({ typ, val }) => typ === type && val !== ''));
  const name = names.find((claim) => claim !== undefined)?.val;
  if (name === undefined) return undefined;
  const given = new Set(
    claims.filter(({ typ }) => typ === roleType || roleTypes.has(typ)).map(({ val }) => val.toLowerCase()),
  );
  const roles = (['reader', 'admin'] as const).filter((role) => given.has(role));
  return { name: name.slice(0, longestName), roles };
}

/** Whether one of the roles permits it. An admin may also read. */
export function hasRole({ roles }: Principal, role: Role): boolean {
  return roles.includes('admin') || roles.includes(role);
}
