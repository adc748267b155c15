import type { Failure, FailureCode } from '../../lib/model/failure.ts';
import type { UsedEnvironment } from '../used-environments.ts';

type Fix = (one: UsedEnvironment) => string;

const inRoute = (text: (one: UsedEnvironment) => string): Fix => {
  return (one) => `${text(one)}, or correct the route ${one.route}, environment ${one.environment.name}`;
};

const fixes: Partial<Record<FailureCode, Fix>> = {
  'sign-in-failed': () =>
    'az login, or a token that has not expired: AZURE_DEVOPS_PAT, for other Git hosts GIT_CREDENTIALS (docs/errors.md)',
  'permission-denied': () => 'npx tagrelay connect azure-devops --dry-run shows what the identity needs',
  'repository-not-found': inRoute(
    ({ environment }) =>
      `create ${environment.repository} or let the identity read it (npx tagrelay connect azure-devops --dry-run)`,
  ),
  'branch-not-found': inRoute(({ environment: { branch } }) =>
    branch === undefined ? 'push a first commit' : `git push origin HEAD:refs/heads/${branch} creates the branch`,
  ),
  'file-not-found': inRoute(() => 'create the file'),
  'path-not-found': inRoute(() => 'put the path into the file, or set `create: true`'),
  'image-not-found': inRoute(() => 'put the image into the file'),
  'digest-left-behind': inRoute(() => 'take the digest out of the file, or let the route write it'),
  'aliased-value': inRoute(() => 'write the value where the alias stands'),
  'version-range': inRoute(() => 'write an exact version into the file'),
  'not-yaml': () => 'correct the file at that line',
  'duplicate-key': () => 'correct the file at that line',
  'host-not-allowed': () =>
    'name the host in AZURE_DEVOPS_COLLECTIONS, REGISTRIES or GIT_CREDENTIALS (README.md, Settings)',
  'registry-sign-in-failed': ({ image }) => {
    const [registry = ''] = image.split('/');
    return registry.endsWith('.azurecr.io')
      ? `az role assignment create --role AcrPull --assignee IDENTITY --scope $(az acr show --name ${registry.split('.')[0] ?? ''} --query id --output tsv)`
      : `give ${registry} credentials in REGISTRY_CREDENTIALS`;
  },
};

/** The fix for a failure of an environment: a command, or a change and its place. */
export function fixOf(failure: Failure, one: UsedEnvironment): string {
  return fixes[failure.code]?.(one) ?? `see ${failure.code} in docs/errors.md`;
}
