import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { pushWebhook } from '../../local/webhook.ts';
import { commands } from '../../src/cli/commands.ts';
import { runCli } from '../../src/cli/run.ts';
import { appApi } from '../support/app-api.ts';
import { eventually } from '../support/eventually.ts';
import { commitCount, fileAtTip, testPlatform } from '../support/platform.ts';

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
const image = { registry: 'contoso.azurecr.io', repository: 'api', tag: 'main-1241' };

async function bench() {
  const platform = await testPlatform({ routes, files: { 'dev.yaml': file, 'prod.yaml': file } });
  const api = appApi(platform);
  const send = (body: unknown, key = platform.key) =>
    fetch(`${platform.functions}/api/webhooks/azure-devops`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': key },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const hook = (eventType: string, resource: unknown) =>
    send({
      id: randomUUID(),
      eventType,
      publisherId: 'tfs',
      resource,
      resourceVersion: '2.0',
      resourceContainers: { collection: { id: randomUUID(), baseUrl: `${collection}/` } },
    });
  const finishBuild = (id: number) => {
    platform.azureDevOps.builds.start({
      organization: 'contoso',
      project: 'shop',
      id,
      definition: { id: 12, name: 'api-ci' },
      repository: { id: 'r1', type: 'TfsGit', name: 'api', url: `${collection}/shop/_git/api` },
      sourceVersion: '4f9c1a7d'.repeat(5),
    });
    platform.azureDevOps.builds.finish(id, 'succeeded');
  };
  const logged = (event: string, fields: Readonly<Record<string, string>> = {}) => {
    const line = expect.objectContaining({ event, fields: expect.objectContaining(fields) });
    return eventually(() => expect(platform.lines).toContainEqual(line));
  };
  return { ...platform, api, send, hook, finishBuild, logged };
}

test('the same push by webhook and Event Grid, and its build by service hook, give one commit', async () => {
  const { hook, finishBuild, logged, post, api, bare, functions, key } = await bench();
  finishBuild(1241);
  const build = { id: 1241, project: { name: 'shop' } };
  expect((await hook('build.complete', { ...build, status: 'completed', result: 'succeeded' })).status).toBe(202);
  await logged('committed', { environment: 'dev', tag: 'main-1241' });
  const push = pushWebhook(image, new Date());
  await post(push);
  const subject = 'api:main-1241';
  const type = 'Microsoft.ContainerRegistry.ImagePushed';
  const eventGrid = { id: randomUUID(), topic: '/r', subject, eventType: type, eventTime: push.timestamp, data: push };
  await api.send('work', [eventGrid]);
  const cloudEvent = { specversion: '1.0', id: randomUUID(), source: '/r', subject, type, time: push.timestamp };
  await api.send('work', { ...cloudEvent, data: push });
  await hook('ms.vss-pipelines.run-state-changed-event', {
    run: { id: 1241, state: 'completed', result: 'succeeded', url: `${collection}/shop/_apis/pipelines/12/runs/1241` },
  });
  await eventually(async () => {
    const { body } = await api.get('deployments?build=1241&environment=dev');
    expect(body).toMatchObject({ deployments: [{ state: 'committed', build: { number: expect.any(String) } }] });
    expect(await api.count('work')).toBe(0);
  });
  expect(await fileAtTip(bare, 'dev.yaml')).toBe(file.replace('main-1"', 'main-1241"'));
  expect(await commitCount(bare)).toBe(2);

  const page = `${collection}/shop/_build/results?buildId=1241`;
  let shown = '';
  await runCli(commands, ['status', '--build', page, '--environment', 'dev', '--json'], {
    stdout: { write: (text) => void (shown += text) },
    stderr: { write: (text) => void (shown += text) },
    env: { TAGRELAY_URL: functions, TAGRELAY_KEY: key },
    cwd: '/',
    color: false,
    columns: 100,
  });
  expect(JSON.parse(shown)).toMatchObject([{ tag: 'main-1241', build: { url: page } }]);
});

test('a pull request that is completed is looked at at once', async () => {
  const { hook, finishBuild, logged, azureDevOps, devops, key } = await bench();
  finishBuild(1241);
  await hook('build.complete', { id: 1241, project: { name: 'shop' } });
  await logged('pull-request', { environment: 'prod' });
  const url = `${devops}/contoso/platform/_apis/git/repositories/gitops/pullrequests`;
  const headers = { authorization: `Basic ${btoa(`:${key}`)}`, 'content-type': 'application/json' };
  const list = (await (await fetch(`${url}?api-version=7.1`, { headers })).json()) as {
    value: { pullRequestId: number; lastMergeSourceCommit: unknown; sourceRefName: string }[];
  };
  const [pullRequest] = list.value;
  expect(pullRequest?.sourceRefName).toBe('refs/heads/tagrelay/api/prod');
  const resource = { pullRequestId: pullRequest?.pullRequestId, sourceRefName: pullRequest?.sourceRefName };
  await fetch(`${url}/${pullRequest?.pullRequestId}?api-version=7.1`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify({ status: 'completed', lastMergeSourceCommit: pullRequest?.lastMergeSourceCommit }),
  });
  // Azure DevOps merges after it has answered, and tells of it then.
  await eventually(async () => {
    const now = await fetch(`${url}/${pullRequest?.pullRequestId}?api-version=7.1`, { headers });
    expect(await now.json()).toMatchObject({ status: 'completed' });
  });
  expect((await hook('git.pullrequest.updated', { ...resource, status: 'completed' })).status).toBe(202);
  await logged('merged', { environment: 'prod', tag: 'main-1241' });
  await hook('git.pullrequest.merged', { ...resource, pullRequestId: 4711 });
  await logged('pull-request-not-ours', { pullRequest: '4711' });
  expect(azureDevOps.builds.get(1241)?.result).toBe('succeeded');
});

test('the receiver answers only for what it is, and never as Azure DevOps would punish', async () => {
  const { send, hook, logged } = await bench();
  expect((await send('{', 'wrong-key')).status).toBe(401);
  expect((await send('{')).status).toBe(400);
  const wrong = await hook('build.complete', { id: 'seven' });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ errors: [{ field: 'resource.id' }] });
  const ignored = await hook('git.push', { refUpdates: [] });
  expect([ignored.status, await ignored.json()]).toEqual([200, { ignored: 'push' }]);
  // What the button "Test" sends: another organization, a build that nobody has.
  const sample = { id: 2, result: 'succeeded', url: 'https://dev.azure.com/fabrikam/web/_apis/build/Builds/2' };
  expect((await send({ eventType: 'build.complete', id: randomUUID(), resource: sample })).status).toBe(202);
  await logged('event-ignored', { reason: 'collection-unknown' });
  expect((await hook('build.complete', { id: 4711, project: { name: 'platform' } })).status).toBe(202);
  await logged('event-ignored', { reason: 'build-not-found' });
});
