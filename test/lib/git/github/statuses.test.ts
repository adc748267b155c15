import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Status } from '../../../../src/lib/git/statuses.ts';
import { request, startStandIn, url } from './stand-in.ts';

let host: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => {
  host = await startStandIn();
});
afterEach(() => host.gitHub.clearFaults());
afterAll(() => host.close());

function open(...deps: Parameters<typeof host.repositories>) {
  const { statuses } = host.repositories(...deps).open(url);
  if (!statuses) throw new Error('there are no statuses');
  return statuses;
}

const status: Status = {
  state: 'pending',
  context: { genre: 'argocd', name: 'dev/argocd/api' },
  description: '2 is committed',
  targetUrl: 'https://argocd.contoso.example/applications/argocd/api',
};

async function shownAt(commit: string) {
  const { statuses } = await host.gitHub.look('contoso', 'gitops');
  return statuses.get(commit) ?? [];
}

test.each([
  ['pending', 'pending'],
  ['succeeded', 'success'],
  ['failed', 'failure'],
  ['error', 'error'],
  ['notApplicable', 'success'],
] as const)('a commit shows %s as %s', async (state, shown) => {
  const { head } = await host.makeSource();
  await open().postToCommit(head, { ...status, state });
  expect(await shownAt(head)).toEqual([
    { state: shown, context: 'argocd/dev/argocd/api', description: '2 is committed', target_url: status.targetUrl },
  ]);
});

test('a pull request shows the statuses of its head, which is asked for once for all that are posted together', async () => {
  const { source, head } = await host.makeSource();
  const { number } = await host.open().open({ ...request, source });
  const asked = () => host.gitHub.requests.filter(({ line }) => line === `GET /repos/contoso/gitops/pulls/${number}`);
  const before = asked().length;
  const statuses = open();
  const names = ['a', 'b', 'c'];
  await Promise.all(
    names.map((name) => statuses.postToPullRequest(number, { ...status, context: { genre: 'argocd', name } })),
  );
  expect((await shownAt(head)).map(({ context }) => context).toSorted()).toEqual(['argocd/a', 'argocd/b', 'argocd/c']);
  expect(asked().length - before).toBe(1);
});

test('what cannot get a status is told by its code', async () => {
  const { head } = await host.makeSource();
  const statuses = open();
  await expect(statuses.postToCommit('b'.repeat(40), status)).rejects.toMatchObject({ code: 'commit-not-found' });
  await expect(statuses.postToPullRequest(999, status)).rejects.toMatchObject({ code: 'pull-request-not-found' });
  const long = { ...status, context: { genre: 'argocd', name: 'x'.repeat(300) } };
  await expect(statuses.postToCommit(head, long)).rejects.toMatchObject({ code: 'status-refused' });
  host.gitHub.plan({
    match: /^POST .*statuses/,
    fault: { kind: 'answer', status: 403, body: { message: 'Not accessible' } },
  });
  await expect(statuses.postToCommit(head, status)).rejects.toMatchObject({
    code: 'permission-denied',
    message: expect.stringContaining('"Commit statuses"'),
  });
  host.gitHub.clearFaults();
  host.gitHub.plan({ match: /^POST .*statuses/, fault: { kind: 'drop', when: 'after' } });
  await expect(statuses.postToCommit(head, status)).rejects.toMatchObject({ code: 'answer-lost' });
});

test('without a token, or where the API may not be called, there are none', () => {
  expect(host.repositories({ gitCredentials: new Map() }).open(url).statuses).toBeUndefined();
  const hosts = { azureDevOpsCollections: [], localEndpoints: { 'https://github.com': host.gitServer.url } };
  expect(host.repositories({ hosts }).open(url).statuses).toBeUndefined();
});
