/** How a registry wants to be signed in to, from the `WWW-Authenticate` header of a 401 (RFC 9110, section 11.6.1). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** URL of the token service. */
      readonly realm: string;
      readonly service: string | undefined;
    };

const parameterPattern = /([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi;

/** Reads the first challenge that can be answered, Bearer before Basic; `undefined` where there is none. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, bearer] = /(?:^|,)\s*bearer\s+([^]*)$/i.exec(header) ?? [];
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of (bearer ?? '').matchAll(parameterPattern)) {
    const key = name.toLowerCase();
    // The rest belongs to the next challenge.
    if (parameters.has(key)) break;
    parameters.set(key, quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
  }
  const realm = parameters.get('realm');
  if (realm !== undefined) return { scheme: 'bearer', realm, service: parameters.get('service') };
  return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { scheme: 'basic' } : undefined;
}
