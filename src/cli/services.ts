import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { makeDevOpsConnections, type DevOpsConnections } from '../lib/azure/devops-connections.ts';
import { appIdentity, personalAccessToken } from '../lib/azure/devops-token.ts';
import { makeRegistry } from '../lib/azure/registry.ts';
import { makeIdentity } from '../lib/azure/registry-identity.ts';
import { makeRepositories, type Repositories } from '../lib/gitops/repositories.ts';
import type { Settings } from '../lib/settings.ts';
import type { Registry, TagLister } from '../lib/updates/registry.ts';
import type { CommandIo } from './command.ts';

/** The services that routes use, asked as the app asks them: with the same settings, and only on hosts that these allow. */
export interface Services {
  readonly connections: DevOpsConnections;
  readonly repositories: Repositories;
  readonly registry: Registry & TagLister;
}

/** A token of the person's own, in the environment, goes before that of a settings file. */
export function makeServices(settings: Settings, { env }: Pick<CommandIo, 'env'>): Services {
  const userAgent = `tagrelay-cli/${packageJson.version}`;
  const now = Date.now;
  const { clientId, gitCredentials, gitAuthor } = settings;
  const ownPat = env['AZURE_DEVOPS_PAT']?.trim() ?? '';
  const azureDevOpsPat = ownPat === '' ? settings.azureDevOpsPat : ownPat;
  const authorization = azureDevOpsPat === undefined ? appIdentity(clientId) : personalAccessToken(azureDevOpsPat);
  const connections = makeDevOpsConnections({ hosts: settings, authorization, userAgent, now });
  return {
    connections,
    repositories: makeRepositories({ hosts: settings, connections, gitCredentials, gitAuthor, userAgent, now }),
    registry: makeRegistry({ policy: settings, identity: makeIdentity(clientId), userAgent, now, sleep }),
  };
}
