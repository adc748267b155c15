import { z } from 'zod';
import { tryParseJson } from '../model/json.ts';
import { tryParseUrl } from '../net/url.ts';

/** How to sign in to one Git host. */
export interface GitCredential {
  readonly username: string;
  readonly password: string;
}

/** By host, in lower case, with its port where that is not 443. */
export type GitCredentials = ReadonlyMap<string, GitCredential>;

/** The user name for a token without one. GitHub requires this one for its apps; most others check only the token. */
const tokenUser = 'x-access-token';

const visible = z.string().regex(/^[\x20-\x7e]+$/, 'no control characters and nothing outside of ASCII');
const credentialSchema = z.union([
  visible.transform((password) => ({ username: tokenUser, password })),
  z.strictObject({ username: visible.regex(/^[^:]+$/), password: visible }),
]);

/**
 * Reads `GIT_CREDENTIALS`: a JSON object of host → token, or host → `{ "username", "password" }`. Every problem is
 * reported; none shows what may be secret.
 */
export function readGitCredentials(
  text: string | undefined,
  report: (setting: string, message: string) => void,
): GitCredentials {
  const credentials = new Map<string, GitCredential>();
  if (text === undefined) return credentials;
  const parsed = z.record(z.string(), z.unknown()).safeParse(tryParseJson(text));
  if (!parsed.success) {
    report('GIT_CREDENTIALS', 'expected a JSON object of host → token, such as {"github.com": "…"}');
    return credentials;
  }
  for (const [index, [name, value]] of Object.entries(parsed.data).entries()) {
    const host = canonicalHost(name);
    if (host === undefined) {
      // The name is not shown: somebody may have put a URL with its password there.
      report(
        'GIT_CREDENTIALS',
        `entry ${index + 1} is for no host; expected a name such as github.com, or git.contoso.com:8443`,
      );
      continue;
    }
    const credential = credentialSchema.safeParse(value);
    if (credentials.has(host)) report('GIT_CREDENTIALS', `${host} is there twice`);
    else if (credential.success) credentials.set(host, credential.data);
    else {
      report(
        'GIT_CREDENTIALS',
        `the entry for ${host} is neither a token nor {"username": "…", "password": "…"} (without colon in the user name, in visible ASCII)`,
      );
    }
  }
  return credentials;
}

/** Value of the `Authorization` header for a host; `undefined` where there is no credential for exactly this host. */
export function gitAuthorization(host: string, credentials: GitCredentials): string | undefined {
  const credential = credentials.get(host.toLowerCase());
  if (!credential) return undefined;
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

/** A host as URLs have it, with its port where that is not 443; `undefined` where the text is none. */
export function canonicalHost(name: string): string | undefined {
  if (!/^[a-z0-9.-]+(?::\d+)?$|^\[[0-9a-f:]+\](?::\d+)?$/i.test(name)) return undefined;
  return tryParseUrl(`https://${name}`)?.host;
}
