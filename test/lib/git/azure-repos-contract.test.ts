import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevOps } from '../../../local/devops/devops.ts';
import type { FaultAction } from '../../../local/devops/faults/fault.ts';
import { makeDevOpsConnections } from '../../../src/lib/azure-devops/connections.ts';
import { personalAccessToken } from '../../../src/lib/azure-devops/token.ts';
import { makeRepositories } from '../../../src/lib/git/repositories.ts';
import type { GitOpsRepository } from '../../../src/lib/git/repository.ts';
import { makeBareRepository } from '../../support/bare-repository.ts';
import { watchContract } from '../../support/devops-contract.ts';
import { startForwardingServer } from '../../support/forwarding-server.ts';
import { describeGitOpsRepository } from './contract/contract.ts';
import type { ContractFault, ContractHost } from './contract/contract-host.ts';

const token = 'a'.repeat(52);

const faults: Readonly<Record<ContractFault, FaultAction>> = {
  throttled: { kind: 'throttled', retryAfterSeconds: 7 },
  unavailable: { kind: 'unavailable' },
  'sign-in-page': { kind: 'sign-in-page' },
  redirect: { kind: 'sign-in-redirect' },
  'expired-credential': { kind: 'expired-token' },
  'permission-denied': { kind: 'permission-denied' },
  'dropped-before': { kind: 'drop', when: 'before' },
  'dropped-after': { kind: 'drop', when: 'after' },
};

/** The Azure DevOps emulator as a host of the contract. */
async function startEmulator(): Promise<ContractHost> {
  const root = await mkdtemp(join(tmpdir(), 'azure-repos-'));
  const requests = watchContract();
  const { onRequest } = requests;
  const devOps = await startDevOps({ port: 0, repositories: [], tokens: [token], onRequest });
  const front = await startForwardingServer(devOps.url);
  let count = 0;
  const hosts = {
    azureDevOpsCollections: [],
    localEndpoints: { 'https://dev.azure.com/contoso': `${front.url}/contoso` },
  };
  const userAgent = 'tagrelay/0.0.0';
  const authorization = personalAccessToken(token);
  const open = (name: string): GitOpsRepository =>
    makeRepositories({
      hosts,
      connections: makeDevOpsConnections({ hosts, authorization, userAgent, now: () => new Date() }),
      gitCredentials: new Map(),
      gitAuthor: { name: 'tagrelay', email: 'tagrelay@localhost' },
      userAgent,
      now: () => new Date(),
    }).open(`https://dev.azure.com/contoso/platform/_git/${name}`).repository;
  return {
    async create() {
      count += 1;
      const name = `gitops-${count}`;
      const directory = join(root, `${name}.git`);
      await devOps.addRepository({ organization: 'contoso', project: 'platform', name, directory });
      await makeBareRepository(directory);
      return { directory, open: () => open(name) };
    },
    openMissing: () => open('missing'),
    breakStep: (step, fault) => {
      devOps.faults.add({ match: { resource: step === 'tip' ? 'refs' : 'pushes' }, action: faults[fault] });
    },
    beforePush: (act) => front.before(/^POST .*\/pushes/, act),
    async refusePushes() {
      devOps.faults.add({ match: { resource: 'pushes' }, action: { kind: 'rejected-by-policy' } });
    },
    mend: () => devOps.faults.clear(),
    async close() {
      await front.close();
      await devOps.close();
      await rm(root, { recursive: true, force: true });
      requests.check();
    },
  };
}

describeGitOpsRepository('Azure Repos', startEmulator);
