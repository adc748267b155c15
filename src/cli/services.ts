import packageJson from '../../package.json' with { type: 'json' };
import { makeDevOpsAccess, type DevOpsAccess } from '../lib/azure-devops/access.ts';
import type { DevOpsConnections } from '../lib/azure-devops/connections.ts';
import type { Identity } from '../lib/net/identity.ts';
import type { GitOpsRepository } from '../lib/git/repository.ts';
import { makeServices as connectServices } from '../app/services.ts';
import { imageName } from '../lib/model/image-reference.ts';
import type { Settings } from '../lib/settings/settings.ts';
import type { Registry } from '../lib/registry/registry.ts';
import { makeOnce } from '../lib/async/once.ts';
import type { CommandIo } from './command.ts';

/**
 * The services that routes use, asked as the app asks them: with the same settings, and only on hosts that these allow. The
 * same is asked once.
 */
export interface Services {
  readonly connections: DevOpsConnections;
  readonly registry: Pick<Registry, 'lookUp' | 'inspect'>;
  /** Who signs in to a collection and what that identity may do. */
  access(collection: string): DevOpsAccess;
  /** The repository at a URL; its tips are those of the first look. */
  open(url: string): Pick<GitOpsRepository, 'tip' | 'list' | 'read'> & { readonly key: string };
}

/** A token of the person's own, in the environment, goes before that of a settings file. */
export function makeServices(settings: Settings, { env }: Pick<CommandIo, 'env'>): Services {
  const userAgent = `tagrelay-cli/${packageJson.version}`;
  const ownPat = env['AZURE_DEVOPS_PAT']?.trim() ?? '';
  const azureDevOpsPat = ownPat === '' ? settings.azureDevOpsPat : ownPat;
  const once = makeOnce();
  // A missing sign-in takes seconds to detect, each time.
  const { connections, repositories, registry } = connectServices(
    { ...settings, azureDevOpsPat },
    { userAgent, place: 'computer', authorization: (signIn) => () => once('sign-in', signIn), identity: askedOnce },
  );
  const accesses = new Map<string, DevOpsAccess>();
  return {
    connections,
    registry: {
      lookUp: (image, options) => once(`tag ${imageName(image)}:${image.tag}`, () => registry.lookUp(image, options)),
      inspect: (image) => once(`manifest ${JSON.stringify(image)}`, () => registry.inspect(image)),
    },
    access(collection) {
      const access = accesses.get(collection) ?? makeDevOpsAccess(connections(collection));
      accesses.set(collection, access);
      return access;
    },
    open(url) {
      const { key, repository } = repositories.open(url);
      return {
        key,
        tip: (branch) => once(`tip ${key}#${branch ?? ''}`, () => repository.tip(branch)),
        list: (commit, folder) => repository.list(commit, folder),
        read: (commit, paths) => repository.read(commit, paths),
      };
    },
  };
}

/** An identity whose tokens are kept for the run, and its failures too. */
function askedOnce(identity: Identity): Identity {
  const once = makeOnce();
  return async () => {
    const credential = await identity();
    return {
      getToken: (scopes, options) =>
        once(JSON.stringify([scopes, options?.tenantId, options?.claims]), () => credential.getToken(scopes, options)),
    };
  };
}
