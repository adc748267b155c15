import { z } from 'zod';
import type { LoadOptions } from './load.ts';
import { parseYaml } from './parse-yaml.ts';
import { Problems } from './problems.ts';
import type { Problem } from './route.ts';

type KnownOptions = Pick<
  LoadOptions,
  | 'azureDevOpsCollections'
  | 'registries'
  | 'localEndpoints'
  | 'gitCredentialHosts'
  | 'gitHubHosts'
  | 'allow'
  | 'verifyImage'
>;

/** What routes are checked against. Of secret settings only names are looked at, and nothing of them is in a message. */
export function readLoadOptions(
  environment: Readonly<Record<string, string | undefined>>,
  {
    azureDevOpsCollections,
    registries,
    localEndpoints,
    gitCredentialHosts,
    gitHubHosts,
    allow,
    verifyImage,
  }: KnownOptions,
): { readonly options: LoadOptions; readonly problems: readonly Problem[] } {
  const problems = new Problems();
  const instances = readInstances(nonEmpty(environment['ARGOCD_SECRETS']), problems);
  return {
    options: {
      azureDevOpsCollections,
      registries,
      ...(localEndpoints && { localEndpoints }),
      ...(allow && { allow }),
      ...(instances && { argoCdInstances: instances }),
      ...(gitCredentialHosts && { gitCredentialHosts }),
      ...(gitHubHosts && { gitHubHosts }),
      ...(verifyImage !== undefined && { verifyImage }),
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
    problems.add('setting-malformed', {
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
        problems.add('setting-malformed', {
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
  problems.add('setting-malformed', {
    setting,
    message: 'expected a map, as JSON or YAML; its text is not shown, because it is secret',
  });
  return undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
