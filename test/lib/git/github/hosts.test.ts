import { validate } from '@octokit/graphql-schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitHubAddress, graphqlUrl } from '../../../../src/lib/net/github-address.ts';
import { disableMutation, enableMutation } from '../../../../src/lib/git/github/auto-merge.ts';
import { reviewerProblem, reviewRequest } from '../../../../src/lib/net/github-reviewers.ts';
import { openPullsQuery } from '../../../../src/lib/git/github/wire.ts';
import { parseRepositoryUrl } from '../../../../src/lib/net/repository-url.ts';
import { readSettings } from '../../../../src/lib/settings/settings.ts';
import { startStandIn } from './stand-in.ts';

const named = ['github.contoso.example', 'git.contoso.example:8443'];

function addressOf(text: string) {
  const address = parseRepositoryUrl(text);
  if ('problem' in address || address.kind !== 'git') throw new Error(`${text} is no Git URL`);
  return gitHubAddress(address, named);
}

describe('which hosts are GitHub', () => {
  test.each([
    ['https://github.com/contoso/gitops.git', 'https://api.github.com', 'https://api.github.com/graphql'],
    ['https://contoso.ghe.com/a/b', 'https://api.contoso.ghe.com', 'https://api.contoso.ghe.com/graphql'],
    [
      'https://github.contoso.example/a/b',
      'https://github.contoso.example/api/v3',
      'https://github.contoso.example/api/graphql',
    ],
    [
      'https://git.contoso.example:8443/a/b',
      'https://git.contoso.example:8443/api/v3',
      'https://git.contoso.example:8443/api/graphql',
    ],
  ])('%s has its API at %s', (text, api, graphql) => {
    expect(addressOf(text)).toMatchObject({ api });
    expect(graphqlUrl(api)).toBe(graphql);
  });

  test.each([
    'https://github.com.evil.example/a/b',
    'https://evilgithub.com/a/b',
    'https://api.github.com/a/b',
    'https://ghe.com/a/b',
    'https://api.contoso.ghe.com/a/b',
    'https://api.ghe.com/a/b',
    'https://github.contoso.example:8443/a/b',
    'https://gitlab.com/a/b',
    'https://github.com/a',
    'https://github.com/a/b/c',
    'https://github.com/a/b%3fc',
  ])('%s has none', (text) => {
    expect(addressOf(text)).toBeUndefined();
  });

  test('GITHUB_HOSTS names servers, and what is no host is told', () => {
    const { settings, problems } = readSettings({ GITHUB_HOSTS: 'GitHub.contoso.example, https://a.example/' });
    expect(settings.gitHubHosts).toEqual(['github.contoso.example']);
    expect(problems).toMatchObject([{ code: 'setting-malformed', setting: 'GITHUB_HOSTS' }]);
  });
});

describe('where the token goes', () => {
  let host: Awaited<ReturnType<typeof startStandIn>>;
  beforeAll(async () => {
    host = await startStandIn();
  });
  afterAll(() => host.close());

  test('to the API of the host that it is named by', async () => {
    expect(await host.open().listActive('tagrelay')).toEqual([]);
    expect(host.gitHub.requests.at(-1)).toMatchObject({ authorization: 'Bearer gh-token' });
  });

  test('a machine that plays GitHub does not get the token of GitHub', async () => {
    const gitCredentials = new Map([['github.com', { username: 'x-access-token', password: 'real' }]]);
    await expect(host.open({ gitCredentials }).get(1)).rejects.toMatchObject({ code: 'sign-in-failed' });
    expect(host.gitHub.requests.at(-1)).toMatchObject({ authorization: undefined });
  });

  test('nowhere while LOCAL_ENDPOINTS names the host and not its API', async () => {
    const hosts = { azureDevOpsCollections: [], localEndpoints: { 'https://github.com': host.gitServer.url } };
    await expect(host.open({ hosts }).get(1)).rejects.toMatchObject({ code: 'host-not-allowed' });
    expect(await host.open({ hosts }).defaultBranch()).toBe('main');
  });

  test('a server on this machine has its API below itself', async () => {
    const local = new URL(host.gitHub.url).host;
    const hosts = { azureDevOpsCollections: [], localEndpoints: {}, gitHubHosts: [local] };
    const { pullRequests } = host.repositories({ hosts }).open(`${host.gitHub.url}/contoso/gitops`);
    expect(await pullRequests?.listActive('tagrelay')).toEqual([]);
    expect(host.gitHub.requests.at(-1)).toMatchObject({ line: 'POST /api/graphql' });
    await expect(pullRequests?.get(1)).rejects.toMatchObject({ code: 'pull-request-not-found' });
    expect(host.gitHub.requests.at(-1)).toMatchObject({ line: 'GET /api/v3/repos/contoso/gitops' });
  });

  test('a Git host that nobody calls GitHub has no pull requests', () => {
    expect(host.repositories().open(`${host.gitServer.url}/contoso/gitops`).pullRequests).toBeUndefined();
  });
});

test('what is asked in GraphQL is in the schema of GitHub', () => {
  for (const query of [openPullsQuery, enableMutation, disableMutation]) expect(validate(query)).toEqual([]);
  expect(validate(openPullsQuery.replace('headRefOid', 'headRef'))).not.toEqual([]);
});

test('reviewers are logins, and teams of the organization that has the repository', () => {
  for (const name of ['octocat', '@octocat', 'mona_contoso', 'renovate[bot]', 'Contoso/release', '@contoso/a.b'])
    expect(reviewerProblem(name, 'contoso')).toBeUndefined();
  for (const name of ['grace@contoso.com', 'fabrikam/release', 'contoso/a/b', '', 'a b', '-x', '../x'])
    expect(reviewerProblem(name, 'contoso')).toBeDefined();
  expect(reviewRequest(['octocat', 'contoso/release'])).toEqual({
    reviewers: ['octocat'],
    team_reviewers: ['release'],
  });
});
