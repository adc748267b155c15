import { z } from 'zod';
import type { LoadOptions } from './load.ts';
import { parseYaml } from './parse-yaml.ts';
import { Problems } from './problems.ts';
import type { Problem } from './route.ts';

/** What the settings besides the routes say of hosts, read already. */
interface HostSettings {
  readonly collections: readonly string[];
  readonly registries: readonly string[];
  readonly localEndpoints: ReadonlyMap<string, string> | undefined;
}

/** What routes are checked against. Of secret settings only names are looked at, and nothing of them is in a message. */
export function readLoadOptions(
  settings: Readonly<Record<string, string | undefined>>,
  { collections, registries, localEndpoints }: HostSettings,
): { readonly options: LoadOptions; readonly problems: readonly Problem[] } {
  const problems = new Problems();
  const allow = nonEmpty(settings['ALLOW']);
  const instances = readInstances(nonEmpty(settings['ARGOCD_SECRETS']), problems);
  const credentials = readMap('GIT_CREDENTIALS', nonEmpty(settings['GIT_CREDENTIALS']), problems);
  return {
    options: {
      azureDevOpsCollections: collections,
      registries,
      ...(localEndpoints && { localEndpoints }),
      ...(allow !== undefined && { allow: { setting: 'ALLOW', text: allow } }),
      ...(instances && { argoCdInstances: instances }),
      gitCredentialHosts: Object.keys(credentials ?? {}).map((host) => host.toLowerCase()),
    },
    problems: problems.list(),
  };
}

const secretsSchema = z.record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]));

/** Names of the instances of `ARGOCD_SECRETS`; a secret is one instance's, for the secret is what tells them apart. */
function readInstances(text: string | undefined, problems: Problems): readonly string[] | undefined {
  const setting = 'ARGOCD_SECRETS';
  const map = readMap(setting, text, problems);
  if (!map) return undefined;
  const secrets = secretsSchema.safeParse(map);
  if (!secrets.success) {
    problems.add('setting-invalid', {
      setting,
      message: 'expected a map of instance → secret, or list of secrets, as JSON or YAML',
    });
    return Object.keys(map);
  }
  const owners = new Map<string, string>();
  for (const [instance, values] of Object.entries(secrets.data)) {
    for (const secret of new Set([values].flat())) {
      const owner = owners.get(secret);
      if (owner === undefined) owners.set(secret, instance);
      else
        problems.add('setting-invalid', {
          setting,
          message: `the instances \`${owner}\` and \`${instance}\` have a secret in common; expected one that tells them apart`,
        });
    }
  }
  return Object.keys(secrets.data);
}

function readMap(
  setting: string,
  text: string | undefined,
  problems: Problems,
): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  const { value } = parseYaml(text);
  const map = z.record(z.string(), z.unknown()).safeParse(value);
  if (map.success) return map.data;
  problems.add('setting-invalid', {
    setting,
    message: 'expected a map, as JSON or YAML; its text is not shown, because it is secret',
  });
  return undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
