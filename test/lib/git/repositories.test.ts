import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startDevOps } from '../../../local/devops/devops.ts';
import { makeRepositories } from '../../../src/lib/git/repositories.ts';
import type { RepositoriesDeps } from '../../../src/lib/git/repositories.ts';
import { addCommit, gitText } from '../../support/bare-repository.ts';
import { openGitRemote, password, startGitHost } from './git-host.ts';

function open(deps: Partial<RepositoriesDeps>) {
  return makeRepositories({
    hosts: { azureDevOpsCollections: [] },
    connections: () => {
      throw new Error('Azure DevOps is not asked');
    },
    gitCredentials: new Map(),
    gitAuthor: { name: 'Deploy Bot', email: 'bot@contoso.example' },
    userAgent: 'tagrelay/0.0.0',
    now: () => new Date(),
    ...deps,
  });
}

test('a Git host that this machine plays gets the credential of its own name only', async () => {
  const host = await startGitHost();
  onTestFinished(() => host.close());
  const { directory } = await host.create();
  const base = await addCommit(directory, { files: { 'a.yaml': '1' } });
  const name = directory.split('/').at(-1) ?? '';
  const hosts = { azureDevOpsCollections: [], localEndpoints: { 'https://github.com/contoso': host.server.url } };
  const local = new URL(host.server.url).host;
  const credential = { username: 'app', password };

  const forGitHub = open({ hosts, gitCredentials: new Map([['github.com', credential]]) });
  const { repository: unknown } = forGitHub.open(`https://github.com/contoso/${name}`);
  await expect(unknown.tip(undefined)).rejects.toMatchObject({ code: 'sign-in-failed' });

  const forLocal = open({ hosts, gitCredentials: new Map([[local, credential]]) });
  const { repository, key } = forLocal.open(`https://github.com/contoso/${name}`);
  expect(key).toBe(`https://github.com/contoso/${name.replace('.git', '')}`);
  expect(await repository.tip(undefined)).toEqual({ branch: 'main', commit: base });
  const files = [{ path: 'a.yaml', content: Buffer.from('2') }];
  await repository.push({ branch: 'main', base, message: 'deploy', files });
  expect(await gitText(directory, 'log', '-1', '--format=%an %ae %cn %ce', 'main')).toBe(
    'Deploy Bot bot@contoso.example Deploy Bot bot@contoso.example',
  );
});

test('one repository, however its URL is written', () => {
  const repositories = open({});
  const { repository } = repositories.open('https://github.com/contoso/gitops');
  expect(repositories.open('https://GitHub.com/contoso/gitops.git/').repository).toBe(repository);
  expect(repositories.open('https://github.com/contoso/other').repository).not.toBe(repository);
});

test('with Azure Repos only, no Git client is loaded', async () => {
  const script = `
    import { createRequire } from 'node:module';
    import { makeDevOpsConnections } from './src/lib/azure-devops/connections.ts';
    import { makeRepositories } from './src/lib/git/repositories.ts';
    import { ObjectStore } from './src/lib/git/git-remote/object-store.ts';
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('isomorphic-git'));
    const hosts = { azureDevOpsCollections: [] };
    const connections = makeDevOpsConnections({ hosts });
    makeRepositories({ hosts, connections, gitCredentials: new Map() }).open('https://dev.azure.com/contoso/platform/_git/gitops');
    const before = loaded();
    await ObjectStore.open();
    console.log(before, loaded());`;
  const { stdout } = await promisify(execFile)('node', ['--import', 'tsx', '--input-type=module', '-e', script]);
  expect(stdout.trim()).toBe('false true');
});

test('another host is not called while LOCAL_ENDPOINTS is set', () => {
  const repositories = open({ hosts: { azureDevOpsCollections: [], localEndpoints: {} } });
  expect(() => repositories.open('https://github.com/contoso/gitops')).toThrow(
    expect.objectContaining({ code: 'host-not-allowed' }),
  );
});

test('a Git client of the Azure DevOps emulator', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'gitops-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const gitops = { organization: 'contoso', project: 'platform', name: 'gitops', directory };
  const devOps = await startDevOps({ port: 0, repositories: [gitops], tokens: [password] });
  onTestFinished(() => devOps.close());
  const base = await addCommit(directory, { files: { 'a.yaml': '1' } });
  const repository = openGitRemote(`${devOps.url}/contoso/platform/_git/gitops`);
  expect(await repository.tip(undefined)).toEqual({ branch: 'main', commit: base });
  expect([...(await repository.read(base, ['a.yaml'])).keys()]).toEqual(['a.yaml']);
  const files = [{ path: 'a.yaml', content: Buffer.from('2') }];
  const { commit } = await repository.push({ branch: 'main', base, message: 'deploy', files });
  expect(await gitText(directory, 'rev-parse', 'main')).toBe(commit);
});
