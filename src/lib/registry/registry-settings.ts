import { z } from 'zod';
import { isLoopback } from '../net/repository-url.ts';
import { registryPattern } from '../model/image-reference.ts';
import { tryParseJson } from '../model/json.ts';
import { tryParseUrl } from '../net/url.ts';

/** How the app signs in to one registry that is not asked with the app's identity. */
export interface RegistrySignIn {
  /** Absent where the registry is read without credentials. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Origin of the token service, where it is not the registry's own host: `https://gitlab.example`. */
  readonly tokenOrigin?: string;
}

type Report = (setting: string, message: string) => void;

const azureRegistryPattern = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.azurecr\.(io|cn|us)$/;

export type AzureCloud = 'public' | 'china' | 'government';

const cloudsBySuffix = new Map<string, AzureCloud>([
  ['io', 'public'],
  ['cn', 'china'],
  ['us', 'government'],
]);

/** The cloud whose Azure Container Registry a host is; `undefined` for any other host. */
export function azureRegistryCloud(registry: string): AzureCloud | undefined {
  return cloudsBySuffix.get(azureRegistryPattern.exec(registry.toLowerCase())?.[1] ?? '');
}

/** Whether a registry is this machine, which may be called without TLS. */
export function isLoopbackRegistry(registry: string): boolean {
  const url = tryParseUrl(`http://${registry}`);
  return url !== undefined && isLoopback(url);
}

/** Reads `REGISTRIES`: host names, with port where they have one, separated by commas. */
export function readRegistries(entries: readonly string[], report: Report): readonly string[] {
  return entries.flatMap((text) => {
    if (registryPattern.test(text)) return [text.toLowerCase()];
    report(
      'REGISTRIES',
      `${JSON.stringify(text)} is not a registry; expected host names such as harbor.contoso.com, separated by commas`,
    );
    return [];
  });
}

const signInSchema = z
  .strictObject({
    username: z.string().min(1).optional(),
    password: z.string().min(1).optional(),
    realm: z.string().optional(),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined))
  .refine(({ username, realm }) => username !== undefined || realm !== undefined);

/**
 * Reads `REGISTRY_CREDENTIALS`: a JSON object of host → `{ "username", "password", "realm"? }`. A host is one of
 * `REGISTRIES`, or an Azure registry that is read with a token of its own instead of the app's identity. `realm`
 * names a token service on another host. Messages never show what was found, which may be a password.
 */
export function readRegistryCredentials(
  text: string | undefined,
  registries: readonly string[],
  report: Report,
): ReadonlyMap<string, RegistrySignIn> {
  const setting = 'REGISTRY_CREDENTIALS';
  const signIns = new Map<string, RegistrySignIn>();
  if (text === undefined) return signIns;
  const hosts = z.record(z.string(), z.unknown()).safeParse(tryParseJson(text));
  if (!hosts.success) {
    report(setting, 'expected a JSON object of registry → {"username": "…", "password": "…"}');
    return signIns;
  }
  for (const [name, value] of Object.entries(hosts.data)) {
    const registry = name.toLowerCase();
    const entry = signInSchema.safeParse(value);
    const tokenOrigin = entry.data?.realm === undefined ? undefined : secureOrigin(entry.data.realm);
    if (azureRegistryCloud(registry) === undefined && !registries.includes(registry)) {
      report(setting, `${JSON.stringify(name)} gets no credentials: name it in REGISTRIES too, or remove it here`);
    } else if (!entry.success) {
      report(
        setting,
        `${name}: expected {"username": "…", "password": "…"}, with "realm" where tokens come from another host`,
      );
    } else if (entry.data.realm !== undefined && tokenOrigin === undefined) {
      report(
        setting,
        `${name}: expected "realm" to be the https URL of the token service, such as https://gitlab.example/jwt/auth`,
      );
    } else {
      const { username, password } = entry.data;
      signIns.set(registry, {
        ...(username === undefined || password === undefined ? {} : { user: { name: username, password } }),
        ...(tokenOrigin === undefined ? {} : { tokenOrigin }),
      });
    }
  }
  return signIns;
}

function secureOrigin(text: string): string | undefined {
  const url = tryParseUrl(text);
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  return isSecure ? url.origin : undefined;
}
