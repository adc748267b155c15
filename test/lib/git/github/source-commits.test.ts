import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeAzureBuilds } from '../../../../src/lib/azure-devops/builds.ts';
import { git } from '../../../../local/git.ts';
import type { Build } from '../../../../src/lib/model/build.ts';
import { startStandIn, url } from './stand-in.ts';

let host: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => {
  host = await startStandIn();
});
afterEach(() => host.gitHub.clearFaults());
afterAll(() => host.close());

const build = (sourceVersion: string, repository = url): Build => ({
  collection: 'https://dev.azure.com/contoso',
  project: 'shop',
  id: 7,
  number: '7',
  url: 'https://dev.azure.com/contoso/shop/_build/results?buildId=7',
  definition: { id: 1, name: 'ci' },
  repository: { url: repository },
  sourceBranch: 'refs/heads/main',
  sourceVersion,
  reason: 'individualCI',
});

function builds(deps: Parameters<typeof host.repositories>[0] = {}) {
  const repositories = host.repositories(deps);
  return makeAzureBuilds({
    connections: () => {
      throw new Error('Azure DevOps is not asked');
    },
    collections: [],
    now: () => new Date(),
    readCommit: async (repository, commit) => repositories.open(repository).sourceCommits?.read(commit),
  });
}

test('a build from GitHub has the time and the message of its source commit, which is asked for once', async () => {
  const { head } = await host.makeSource();
  const [date = '', message] = (await git(['show', '-s', '--format=%cI%n%B', head], host.bare)).trimEnd().split('\n');
  const before = host.gitHub.requests.length;
  const { readSourceCommit } = builds();
  expect(await readSourceCommit(build(head))).toEqual({ committedAt: new Date(date), message });
  expect(await readSourceCommit(build(head))).toEqual({ committedAt: new Date(date), message });
  expect(host.gitHub.requests.length - before).toBe(1);
});

test('an unknown commit, a repository of another host and a host without a token give no time', async () => {
  const { head } = await host.makeSource();
  expect(await builds().readSourceCommit(build('b'.repeat(40)))).toBeUndefined();
  expect(await builds().readSourceCommit(build(head, 'https://gitlab.com/contoso/gitops'))).toBeUndefined();
  const before = host.gitHub.requests.length;
  expect(await builds({ gitCredentials: new Map() }).readSourceCommit(build(head))).toBeUndefined();
  expect(host.gitHub.requests.length).toBe(before);
});

test('a refusal of GitHub is a failure, and no guess', async () => {
  const { head } = await host.makeSource();
  host.gitHub.plan({ match: /git\/commits/, fault: { kind: 'answer', status: 500, body: { message: 'try later' } } });
  await expect(builds().readSourceCommit(build(head))).rejects.toMatchObject({ code: 'service-unavailable' });
});
