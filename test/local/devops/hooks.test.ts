import { describe, expect, test } from 'vitest';
import { addFile, call, editFile, git, gitClient, problemOf, push, startEmulator, zero } from './emulator.ts';
import { hookReceiver } from './hook-receiver.ts';
import { eventually } from '../../support/eventually.ts';

const emulator = await startEmulator();
const hooks = `${emulator.organization}/_apis/hooks`;
const first = await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n')], { comment: 'first\n\nmore' });
const api = await gitClient(emulator.organization);
const { project, id: repositoryId } = (await call(emulator.repository)).body;
const { builds } = emulator;
const source = { id: repositoryId, type: 'TfsGit', name: 'gitops', url: 'https://x.example' } as const;
const of = { organization: 'contoso', project: 'platform', repository: source, sourceVersion: first };

const { subscribe } = await hookReceiver(emulator);

/** Pushes a new file to a branch of its own. */
function pushOnce(branch: string): Promise<string> {
  return push(emulator, first, [addFile(`/${branch}`, '')], {}, branch);
}

describe('subscriptions', () => {
  test('are created, read, changed and deleted; secrets are not shown and are kept', async () => {
    const consumer = { httpHeaders: 'x-functions-key:geheim', basicAuthUsername: 'u', basicAuthPassword: 'geheim' };
    const { url, body, path, until } = await subscribe('git.push', { consumer, publisher: { branch: 'secret' } });
    const { body: shown, text: raw } = await call(url);
    expect(raw).not.toContain('geheim');
    expect(shown).toMatchObject({ status: 'enabled', eventType: 'git.push', publisherInputs: { branch: 'secret' } });
    const changed = { ...shown, publisherInputs: { ...body.publisherInputs, branch: 'other' } };
    expect((await call(url, changed, { method: 'PUT' })).body).toMatchObject({ publisherInputs: { branch: 'other' } });
    await pushOnce('secret');
    await pushOnce('other');
    const [delivered] = await until(1);
    expect(delivered).toMatchObject({ path, headers: { 'x-functions-key': 'geheim' } });
    expect(delivered?.headers.authorization).toBe(`Basic ${Buffer.from('u:geheim').toString('base64')}`);
    expect(delivered?.body.resource).toMatchObject({ refUpdates: [{ name: 'refs/heads/other' }] });
    expect((await call(url, undefined, { method: 'DELETE' })).status).toBe(204);
    expect(problemOf(await call(url))).toEqual([404, 'SubscriptionNotFoundException']);
  });

  test('are listed by publisher and event', async () => {
    const { id } = await subscribe('git.pullrequest.created');
    const { id: other } = await subscribe('git.push', { publisher: { branch: 'none' } });
    const listed = await call(`${hooks}/subscriptions?publisherId=tfs&eventType=git.pullrequest.created`);
    const ids = listed.body.value.map((one) => one.id);
    expect(ids).toContain(id);
    expect(ids).not.toContain(other);
  });

  test('what the service does not take is refused', async () => {
    const { body } = await subscribe('git.push', { publisher: { branch: 'none' } });
    const refused = async (more: object) => problemOf(await call(`${hooks}/subscriptions`, { ...body, ...more }));
    const argument = [400, 'InvalidArgumentValueException'];
    expect(await refused({ eventType: 'git.nothing' })).toEqual(argument);
    expect(await refused({ publisherId: 'pipelines' })).toEqual(argument);
    expect(await refused({ consumerId: 'slack' })).toEqual(argument);
    expect(await refused({ consumerInputs: {} })).toEqual(argument);
    const withPassword = { url: 'http://hooks.contoso.example', basicAuthPassword: 'x' };
    expect(await refused({ consumerInputs: withPassword })).toEqual(argument);
    expect(await refused({ consumerInputs: { ...body.consumerInputs, messagesToSend: 'loud' } })).toEqual(argument);
  });
});

describe('what is sent', () => {
  test('a push, with its commits, its refs and a counter of its own', async () => {
    const { id, until } = await subscribe('git.push', { publisher: { repository: repositoryId, branch: 'pushed' } });
    const tip = await pushOnce('pushed');
    await git(emulator.directory, 'push', '--quiet', emulator.remote, `${first}:refs/heads/elsewhere`);
    await push(emulator, tip, [editFile('/a.yaml', 'a: 2\n')], {}, 'pushed');
    const [one, two] = await until(2);
    expect(one?.headers).toMatchObject({ 'user-agent': expect.stringMatching(/^VSServices\//) });
    expect(one?.body).toMatchObject({
      subscriptionId: id,
      notificationId: 1,
      eventType: 'git.push',
      publisherId: 'tfs',
      message: { text: expect.any(String), html: expect.any(String), markdown: expect.any(String) },
      resource: {
        commits: [{ commitId: tip, comment: 'deploy' }],
        refUpdates: [{ name: 'refs/heads/pushed', oldObjectId: zero, newObjectId: tip }],
        repository: { id: repositoryId, name: 'gitops', defaultBranch: 'refs/heads/main', project: { id: project.id } },
        pushedBy: { uniqueName: 'tagrelay@localhost' },
        pushId: expect.any(Number),
      },
      resourceVersion: '1.0',
      resourceContainers: { project: { id: project.id, baseUrl: `${emulator.organization}/` } },
      createdDate: expect.any(String),
    });
    expect(two?.body).toMatchObject({ notificationId: 2, resource: { refUpdates: [{ oldObjectId: tip }] } });
    expect(two?.body['id']).not.toBe(one?.body['id']);
  });

  test('a push by a Git client, and the deletion of a branch, which brings no commits', async () => {
    const { until } = await subscribe('git.push', { publisher: { branch: 'by-git' } });
    await git(emulator.directory, 'push', '--quiet', emulator.remote, `${first}:refs/heads/by-git`);
    await until(1);
    await git(emulator.directory, 'push', '--quiet', emulator.remote, ':refs/heads/by-git');
    const [, deleted] = await until(2);
    expect(deleted?.body.resource).toMatchObject({ refUpdates: [{ oldObjectId: first, newObjectId: zero }] });
    expect(deleted?.body.resource).not.toHaveProperty('commits');
  });

  test('a build that ends, by result and definition, in both versions', async () => {
    const wanted = { definitionName: 'api-ci', buildStatus: 'Succeeded' };
    const two = await subscribe('build.complete', { publisher: wanted, version: '2.0' });
    const one = await subscribe('build.complete', { publisher: wanted, version: '1.0' });
    const none = { messagesToSend: 'none', detailedMessagesToSend: 'none', resourceDetailsToSend: 'minimal' };
    const failed = await subscribe('build.complete', { publisher: { buildStatus: 'Failed' }, consumer: none });
    const other = builds.start({ ...of, definition: { id: 2, name: 'other' } });
    const build = builds.start({ ...of, definition: { id: 1, name: 'api-ci' } });
    builds.finish(other.id, 'failed');
    builds.finish(build.id, 'succeeded');
    const [latest] = await two.until(1);
    const fromApi = await call(`${emulator.organization}/platform/_apis/build/builds/${build.id}`);
    expect(latest?.body).toMatchObject({
      resourceVersion: '2.0',
      message: { text: `Build ${build.buildNumber} succeeded` },
    });
    expect(latest?.body.resource).toEqual(fromApi.body);
    const [old] = await one.until(1);
    expect(old?.body.resource).toMatchObject({
      id: build.id,
      status: 'succeeded',
      sourceGetVersion: `LG:refs/heads/main:${first}`,
    });
    const [minimal] = await failed.until(1);
    expect(Object.keys(minimal?.body.resource ?? {}).toSorted()).toEqual(['id', 'url']);
    expect(minimal?.body).not.toHaveProperty('message');
    expect(minimal?.body).not.toHaveProperty('detailedMessage');
    expect([two.at().length, one.at().length, failed.at().length]).toEqual([1, 1, 1]);
  });

  test('runs and stages as they move', async () => {
    const run = await subscribe('ms.vss-pipelines.run-state-changed-event', { publisher: { pipelineId: '9' } });
    const stage = await subscribe('ms.vss-pipelines.stage-state-changed-event', {
      publisher: { pipelineId: '9', stageStateId: 'Completed' },
    });
    const { id } = builds.start({ ...of, definition: { id: 9, name: 'deploy' } });
    builds.stage(id, { name: 'Deploy', state: 'running' });
    builds.stage(id, { name: 'Deploy', state: 'completed', result: 'succeeded' });
    builds.finish(id, 'canceled');
    const runs = await run.until(2);
    expect(runs.map(({ body }) => body.resource['run'])).toMatchObject([
      { id, state: 'inProgress' },
      { id, state: 'completed', result: 'canceled', finishedDate: expect.any(String) },
    ]);
    expect(runs[0]?.body).toMatchObject({
      publisherId: 'pipelines',
      resourceVersion: '5.1-preview.1',
      resource: { runId: id, run: { resources: { repositories: { self: { version: first } } } } },
    });
    const [moved] = await stage.until(1);
    expect(moved?.body.resource).toMatchObject({
      stage: { name: 'Deploy', state: 'completed', result: 'succeeded', attempt: 1 },
      stageName: 'Deploy',
      runId: id,
    });
  });

  test('a pull request from its opening to its end', async () => {
    const branch = { branch: 'target' };
    const created = await subscribe('git.pullrequest.created', { publisher: branch });
    const updated = await subscribe('git.pullrequest.updated', { publisher: branch });
    const pushes = await subscribe('git.pullrequest.updated', {
      publisher: { ...branch, notificationType: 'PushNotification' },
    });
    const merged = await subscribe('git.pullrequest.merged', { publisher: branch });
    await api.updateRefs([{ name: 'refs/heads/target', oldObjectId: zero, newObjectId: first }], 'gitops', 'platform');
    const head = await push(emulator, first, [editFile('/a.yaml', 'a: 2\n')], {}, 'topic');
    const refs = { sourceRefName: 'refs/heads/topic', targetRefName: 'refs/heads/target', title: 'A title' };
    const { pullRequestId: id = 0 } = await api.createPullRequest(refs, 'gitops', 'platform');
    const [opened] = await created.until(1);
    expect(opened?.body.resource).toMatchObject({
      pullRequestId: id,
      status: 'active',
      lastMergeSourceCommit: { commitId: head },
      repository: { id: repositoryId },
      _links: { web: { href: expect.stringContaining(`/pullrequest/${id}`) } },
    });
    const [attempt] = await merged.until(1);
    expect(attempt?.body.resource).toMatchObject({ status: 'active', mergeStatus: 'succeeded' });
    const next = await push(emulator, head, [editFile('/a.yaml', 'a: 3\n')], {}, 'topic');
    const [pushed] = await pushes.until(1);
    expect(pushed?.body.resource).toMatchObject({ lastMergeSourceCommit: { commitId: next }, mergeStatus: 'queued' });
    await merged.until(2);
    await api.updatePullRequest({ status: 3, lastMergeSourceCommit: { commitId: next } }, 'gitops', id, 'platform');
    const [, , completed] = await merged.until(3);
    const tip = await git(emulator.directory, 'rev-parse', 'target');
    expect(completed?.body.resource).toMatchObject({ status: 'completed', lastMergeCommit: { commitId: tip } });
    const [, last] = await updated.until(2);
    expect(last?.body.resource).toMatchObject({ status: 'completed', closedDate: expect.any(String) });
  });

  test('a sample, of things that do not exist', async () => {
    const { body, until } = await subscribe('build.complete', { publisher: { definitionName: 'none' } });
    const sent = await call(`${hooks}/testnotifications?useRealData=false`, { details: body });
    const [sample] = await until(1);
    expect(sample?.body).toMatchObject({ eventType: 'build.complete', resource: { project: { name: 'Tailspin' } } });
    await eventually(async () => {
      const { body: found } = await call(`${hooks}/testnotifications/${sent.body.id}`);
      expect(found).toMatchObject({ status: 'completed', result: 'succeeded', details: { requestAttempts: 1 } });
    });
  });
});
