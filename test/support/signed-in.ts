/** The header by which App Service Authentication names the caller. */
export function signedIn(name: string, ...roles: readonly string[]): Readonly<Record<string, string>> {
  const claims = [{ typ: 'preferred_username', val: name }, ...roles.map((val) => ({ typ: 'roles', val }))];
  const principal = { auth_typ: 'aad', name_typ: 'preferred_username', role_typ: 'roles', claims };
  return { 'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64') };
}
