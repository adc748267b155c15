import { z } from 'zod';
import type { LoadOptions } from './load.ts';
import { parseYaml } from './read/parse-yaml.ts';
import { Problems } from './read/problems.ts';
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

/** The options that routes are checked with, and the Argo CD secrets. Messages never contain a secret. */
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
): {
  readonly options: LoadOptions;
  /** By instance of Argo CD; `undefined` if `ARGOCD_SECRETS` is unset, empty if it is invalid. */
  readonly argoCdSecrets: ReadonlyMap<string, readonly string[]> | undefined;
  readonly problems: readonly Problem[];
} {
  const problems = new Problems();
  const instances = readInstances(nonEmpty(environment['ARGOCD_SECRETS']), problems);
  return {
    options: {
      azureDevOpsCollections,
      registries,
      ...(localEndpoints && { localEndpoints }),
      ...(allow && { allow }),
      ...(instances?.names && { argoCdInstances: instances.names }),
      ...(gitCredentialHosts && { gitCredentialHosts }),
      ...(gitHubHosts && { gitHubHosts }),
      ...(verifyImage !== undefined && { verifyImage }),
    },
    argoCdSecrets: instances?.secrets,
    problems: problems.list(),
  };
}

const secretsSchema = z.record(z.string(), z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]));

interface Instances {
  /** `undefined` if the setting is not a map. */
  readonly names: readonly string[] | undefined;
  /** Invalid secrets are omitted, so they authenticate no caller. */
  readonly secrets: ReadonlyMap<string, readonly string[]>;
}

/** The instances of `ARGOCD_SECRETS`. A secret identifies its instance, so a shared one is refused. */
function readInstances(text: string | undefined, problems: Problems): Instances | undefined {
  if (text === undefined) return undefined;
  const setting = 'ARGOCD_SECRETS';
  const nobody = new Map<string, readonly string[]>();
  const map = readMap(setting, text, problems);
  if (!map) return { names: undefined, secrets: nobody };
  const secrets = secretsSchema.safeParse(map);
  if (!secrets.success) {
    problems.add('setting-malformed', {
      setting,
      message: 'expected a map of instance → secret, or list of secrets, as JSON or YAML',
    });
    return { names: Object.keys(map), secrets: nobody };
  }
  const owners = new Map<string, string>();
  const shared = new Set<string>();
  for (const [instance, values] of Object.entries(secrets.data)) {
    for (const secret of new Set([values].flat())) {
      const owner = owners.get(secret);
      if (owner === undefined) owners.set(secret, instance);
      else {
        shared.add(secret);
        problems.add('setting-malformed', {
          setting,
          message: `the instances \`${owner}\` and \`${instance}\` share a secret; expected a separate secret for each instance`,
        });
      }
    }
  }
  const own = Object.entries(secrets.data).map(
    ([instance, values]) => [instance, [values].flat().filter((secret) => !shared.has(secret))] as const,
  );
  return { names: Object.keys(secrets.data), secrets: new Map(own) };
}

function readMap(setting: string, text: string, problems: Problems): Readonly<Record<string, unknown>> | undefined {
  const { value } = parseYaml(text);
  const map = z.record(z.string(), z.unknown()).safeParse(value);
  if (map.success) return map.data;
  problems.add('setting-malformed', {
    setting,
    message: 'expected a map, as JSON or YAML; the text is not shown because it is secret',
  });
  return undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
