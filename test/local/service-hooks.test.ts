import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { testPlatform } from '../support/platform.ts';
import type { TestPlatform } from '../support/platform.ts';

const collection = 'https://dev.azure.com/contoso';
const routes = `
defaults: { repository: ${collection}/platform/_git/gitops, branch: main }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: '{environment}.yaml', helm: { tag: image.tag } }]
    tags: { match: '^main-(\\d+)$', order: numeric }
    build: { definition: api-ci, tag: 'main-{buildId}' }
    environments:
      dev: { delivery: commit }
      prod: { delivery: pull-request }
`;
const file = 'image: { tag: "main-1" }\n';
const eventTypes = [
  'build.complete',
  'ms.vss-pipelines.run-state-changed-event',
  'ms.vss-pipelines.stage-state-changed-event',
  'git.push',
  'git.pullrequest.created',
  'git.pullrequest.updated',
  'git.pullrequest.merged',
];

/** The service hooks of a project that call the app, as an administrator makes them. */
async function subscribed(platform: TestPlatform) {
  const request = async (path: string, method = 'GET', body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${platform.devops}/contoso/${path}${path.includes('?') ? '&' : '?'}api-version=7.1`, {
      method,
      headers: { authorization: `Basic ${btoa(`:${platform.key}`)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const bodies = eventTypes.map((eventType) => ({
    publisherId: eventType.startsWith('ms.') ? 'pipelines' : 'tfs',
    eventType,
    consumerId: 'webHooks',
    consumerActionId: 'httpRequest',
    consumerInputs: {
      url: `${platform.functions}/api/webhooks/azure-devops`,
      httpHeaders: `x-functions-key:${platform.key}`,
    },
  }));
  const created = await Promise.all(bodies.map((body) => request('_apis/hooks/subscriptions', 'POST', body)));
  const ids = created.map((one) => (one as { id: string }).id);
  /** What came of the deliveries of each kind of event, once all are over. */
  const outcomes = () =>
    eventually(async () => {
      const lists = await Promise.all(ids.map((id) => request(`_apis/hooks/subscriptions/${id}/notifications`)));
      const results = lists.map((list) => (list as { value: { result: string }[] }).value.map(({ result }) => result));
      expect(results.flat()).not.toContain('pending');
      return Object.fromEntries(results.map((list, index) => [eventTypes[index], [...new Set(list)]]));
    });
  return { request, bodies, outcomes };
}

test('from a build that ends to a merged pull request, told by service hooks alone', async () => {
  const platform = await testPlatform({ routes, files: { 'dev.yaml': file, 'prod.yaml': file } });
  const { azureDevOps, lines } = platform;
  const { request, outcomes } = await subscribed(platform);
  const logged = (event: string, fields: Readonly<Record<string, string>>) => {
    const line = expect.objectContaining({ event, fields: expect.objectContaining(fields) });
    return eventually(() => expect(lines).toContainEqual(line));
  };
  const { id } = azureDevOps.builds.start({
    organization: 'contoso',
    project: 'platform',
    id: 1241,
    definition: { id: 12, name: 'api-ci' },
    repository: { id: 'r1', type: 'TfsGit', name: 'api', url: `${collection}/platform/_git/api` },
    sourceVersion: '4f9c1a7d'.repeat(5),
  });
  azureDevOps.builds.stage(id, { name: 'Build', state: 'completed', result: 'succeeded' });
  azureDevOps.builds.finish(id, 'succeeded');
  await logged('committed', { environment: 'dev', tag: 'main-1241' });
  await logged('pull-request', { environment: 'prod', tag: 'main-1241' });
  const pullRequest = 'platform/_apis/git/repositories/gitops/pullrequests/1';
  const { lastMergeSourceCommit } = (await request(pullRequest)) as Record<string, unknown>;
  await request(pullRequest, 'PATCH', { status: 'completed', lastMergeSourceCommit });
  await logged('merged', { environment: 'prod', tag: 'main-1241' });
  expect(await outcomes()).toEqual(Object.fromEntries(eventTypes.map((eventType) => [eventType, ['succeeded']])));
});

test('the samples of the button "Test" are answered 2xx, whatever they are of', async () => {
  const platform = await testPlatform({ routes, files: { 'dev.yaml': file, 'prod.yaml': file } });
  const { request, bodies } = await subscribed(platform);
  const sent = await Promise.all(
    bodies.map((details) => request('_apis/hooks/testnotifications?useRealData=false', 'POST', { details })),
  );
  for (const { id } of sent as { id: number }[]) {
    await eventually(async () =>
      expect(await request(`_apis/hooks/testnotifications/${id}`)).toMatchObject({ result: 'succeeded' }),
    );
  }
});
