import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRepositories } from '../../../../src/lib/git/repositories.ts';
import type { RepositoriesDeps } from '../../../../src/lib/git/repositories.ts';
import { addCommit } from '../../../support/bare-repository.ts';
import { startGitHub } from '../../../support/github/github.ts';
import { startGitServer } from '../../../support/git-server.ts';
import { seedBare } from '../../../support/platform.ts';

export const url = 'https://github.com/contoso/gitops';
const token = 'gh-token';

/** GitHub on this machine with one repository; its adapter is made as the app makes it. */
export async function startStandIn() {
  const root = await mkdtemp(join(tmpdir(), 'github-'));
  const bare = join(root, 'contoso/gitops.git');
  await seedBare(bare, { 'a.yaml': '1' });
  const gitServer = await startGitServer({ root, password: token });
  const gitHub = await startGitHub({ repositories: { 'contoso/gitops': bare }, token });
  const credential = { username: 'x-access-token', password: token };

  function repositories(deps: Partial<RepositoriesDeps> = {}) {
    return makeRepositories({
      hosts: {
        azureDevOpsCollections: [],
        localEndpoints: { 'https://github.com': gitServer.url, 'https://api.github.com': gitHub.url },
      },
      connections: () => {
        throw new Error('Azure DevOps is not asked');
      },
      gitCredentials: new Map([gitServer, gitHub].map((one) => [new URL(one.url).host, credential])),
      gitAuthor: { name: 'tagrelay', email: 'tagrelay@contoso.example' },
      userAgent: 'tagrelay/0.0.0',
      now: () => new Date(),
      ...deps,
    });
  }

  /** An adapter that knows nothing yet. */
  function open(deps?: Partial<RepositoriesDeps>) {
    const { pullRequests } = repositories(deps).open(url);
    if (!pullRequests) throw new Error('there are no pull requests');
    return pullRequests;
  }

  let count = 0;
  /** A branch with a commit of its own. */
  async function makeSource(): Promise<{ source: string; head: string }> {
    count += 1;
    const source = `tagrelay/a${count}/prod`;
    const head = await addCommit(bare, {
      branch: source,
      parents: ['refs/heads/main^0'],
      files: { 'a.yaml': `${count}` },
    });
    return { source, head };
  }

  return {
    bare,
    gitHub,
    gitServer,
    repositories,
    open,
    makeSource,
    async close() {
      await gitServer.close();
      await gitHub.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export const request = {
  target: 'main',
  title: 'deploy(a): prod 1 → 2',
  description: 'text',
  reviewers: [],
  labels: [],
  workItems: [],
  draft: false,
};
