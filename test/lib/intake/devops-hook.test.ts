import { describe, expect, test } from 'vitest';
import { parseDevOpsHook, parseDevOpsMessage } from '../../../src/lib/intake/devops-hook.ts';

const collection = 'https://dev.azure.com/contoso';
const projectId = '1f2e3d4c-5b6a-4978-8f90-a1b2c3d4e5f6';
const api = `${collection}/${projectId}/_apis`;
const zeros = '00000000-0000-0000-0000-000000000000';

function hook(eventType: string, resource: unknown, rest: object = {}) {
  return {
    subscriptionId: '6c8e0a52-3b1d-4c57-9a80-2d9a4ce7b1f0',
    notificationId: 20,
    id: '0d1c2b3a-1111-4222-8333-444455556666',
    eventType,
    publisherId: 'tfs',
    message: { text: 'Build 20261120.3 succeeded' },
    resource,
    resourceVersion: '2.0',
    resourceContainers: {
      collection: { id: 'c1', baseUrl: `${collection}/` },
      account: { id: 'a1', baseUrl: `${collection}/` },
      project: { id: projectId, baseUrl: `${collection}/` },
    },
    createdDate: '2026-11-20T12:00:00.1234567Z',
    ...rest,
  };
}

function build(rest: object = {}) {
  return {
    _links: { web: { href: `${collection}/${projectId}/_build/results?buildId=1241` } },
    id: 1241,
    buildNumber: '20261120.3',
    status: 'completed',
    result: 'succeeded',
    url: `${api}/build/Builds/1241`,
    definition: { id: 12, name: 'shop-api' },
    project: { id: projectId, name: 'shop' },
    sourceBranch: 'refs/heads/main',
    ...rest,
  };
}

function run(rest: object = {}) {
  return {
    _links: { web: { href: `${collection}/${projectId}/_build/results?buildId=5152` } },
    pipeline: { id: 55, name: 'shop.ci' },
    state: 'completed',
    result: 'succeeded',
    url: `${api}/pipelines/55/runs/5152`,
    id: 5152,
    ...rest,
  };
}

const runChanged = 'ms.vss-pipelines.run-state-changed-event';
const stageChanged = 'ms.vss-pipelines.stage-state-changed-event';
const inShop = { kind: 'build', build: { collection, project: 'shop', id: 1241 } };

describe('a build to look at', () => {
  test.each([
    ['build.complete 2.0', hook('build.complete', build()), inShop],
    [
      'build.complete 1.0',
      hook('build.complete', build({ status: 'succeeded', result: undefined, uri: 'vstfs:///Build/Build/1241' })),
      inShop,
    ],
    ['another publisher', hook('build.complete', build(), { publisherId: 'azure-devops' }), inShop],
    [
      'ids alone',
      hook('build.complete', { id: 1241, url: `${api}/build/Builds/1241` }),
      { build: { collection, project: projectId, id: 1241 } },
    ],
    [
      'no containers: the URLs say where',
      hook('build.complete', build({ project: undefined }), { resourceContainers: undefined }),
      { build: { collection, project: projectId, id: 1241 } },
    ],
    [
      'a project with zeros for its id has a name',
      hook('build.complete', build({ project: { id: zeros, name: 'shop' } })),
      inShop,
    ],
    ['a run', hook(runChanged, { run: run(), projectId }), { build: { collection, project: projectId, id: 5152 } }],
    [
      'a run whose id stands beside it',
      hook(runChanged, { run: run({ id: undefined }), runId: 5152, projectId }),
      { build: { project: projectId, id: 5152 } },
    ],
    [
      'a run whose id stands in its URL only',
      hook(runChanged, { run: run({ id: undefined }) }, { resourceContainers: null }),
      { build: { collection, project: projectId, id: 5152 } },
    ],
    [
      'a stage of a run that goes on',
      hook(stageChanged, {
        stage: { name: 'Build', state: 'completed', result: 'succeeded' },
        run: run({ state: 'inProgress', result: undefined }),
        projectId,
      }),
      { build: { id: 5152 } },
    ],
  ])('%s', (_name, body, expected) => {
    expect(parseDevOpsHook(body)).toMatchObject({ kind: 'build', ...expected });
  });

  test('is named in logs by its subscription and number, else by its id', () => {
    expect(parseDevOpsHook(hook('build.complete', build()))).toMatchObject({
      eventId: '6c8e0a52-3b1d-4c57-9a80-2d9a4ce7b1f0/20',
    });
    expect(parseDevOpsHook(hook('build.complete', build(), { subscriptionId: undefined }))).toMatchObject({
      eventId: '0d1c2b3a-1111-4222-8333-444455556666',
    });
  });
});

const remoteUrl = 'https://contoso@dev.azure.com/contoso/platform/_git/gitops';
function pullRequest(rest: object = {}) {
  return {
    repository: { id: 'r1', name: 'gitops', remoteUrl },
    pullRequestId: 31,
    status: 'completed',
    sourceRefName: 'refs/heads/tagrelay/shop+api/prod',
    targetRefName: 'refs/heads/main',
    ...rest,
  };
}

describe('a pull request to look at', () => {
  test.each([
    ['updated', hook('git.pullrequest.updated', pullRequest())],
    ['merged, which may only be an attempt', hook('git.pullrequest.merged', pullRequest({ status: 'active' }))],
    ['ids alone', hook('git.pullrequest.updated', { pullRequestId: 31, repository: { id: 'r1' } })],
    ['no containers', hook('git.pullrequest.updated', pullRequest(), { resourceContainers: undefined })],
  ])('%s', (_name, body) => {
    expect(parseDevOpsHook(body)).toMatchObject({ kind: 'pull-request', collection, number: 31 });
  });
});

describe('a push to look at', () => {
  const repository = 'https://dev.azure.com/contoso/platform/_git/gitops';
  const refUpdates = [{ name: 'refs/heads/main' }];
  test.each([
    ['all details', hook('git.push', { refUpdates, repository: { remoteUrl } }), { collection, repository }],
    [
      'no containers',
      hook('git.push', { repository: { remoteUrl } }, { resourceContainers: undefined }),
      { collection, repository },
    ],
    ['minimal details', hook('git.push', { pushId: 14, url: `${api}/git/repositories/r1/pushes/14` }), { collection }],
  ])('%s', (_name, body, expected) => {
    expect(parseDevOpsHook(body)).toEqual({ kind: 'push', eventId: expect.any(String), ...expected });
  });

  test('without an address', () => {
    const body = hook('git.push', { pushId: 14 }, { resourceContainers: undefined });
    expect(parseDevOpsHook(body)).toEqual({ kind: 'ignored', reason: 'no-address' });
  });
});

describe('asks for nothing', () => {
  test.each([
    ['not-succeeded', hook('build.complete', build({ result: 'partiallySucceeded' }))],
    ['not-succeeded', hook('build.complete', build({ status: 'stopped', result: undefined }))],
    ['not-succeeded', hook(runChanged, { run: run({ result: 'canceled' }) })],
    ['run-not-completed', hook(runChanged, { run: run({ state: 'inProgress', result: undefined }) })],
    ['stage-not-completed', hook(stageChanged, { stage: { state: 'running' }, run: run() })],
    ['not-succeeded', hook(stageChanged, { stage: { state: 'completed', result: 'skipped' }, run: run() })],
    ['sample', hook('build.complete', build({ id: 0 }))],
    ['sample', hook('git.pullrequest.merged', pullRequest({ pullRequestId: 0 }))],
    ['no-details', hook('build.complete', null)],
    ['no-address', hook('build.complete', { id: 7 }, { resourceContainers: undefined })],
    ['not-our-branch', hook('git.pullrequest.updated', pullRequest({ sourceRefName: 'refs/heads/feature' }))],
    ['other-event-type', hook('workitem.created', { id: 7 })],
    ['other-event-type', hook('constructor', { id: 7 })],
  ])('%s', (reason, body) => {
    expect(parseDevOpsHook(body)).toEqual({ kind: 'ignored', reason });
  });
});

describe('of another shape', () => {
  test.each([
    ['(body)', 'text'],
    ['eventType', {}],
    ['resource.id', hook('build.complete', build({ id: 'seven' }))],
    ['resource', hook('build.complete', 'seven')],
    ['resource.pullRequestId', hook('git.pullrequest.updated', {})],
    ['build.project', hook('build.complete', build({ project: { name: 'x'.repeat(65) } }))],
  ])('%s', (field, body) => {
    expect(parseDevOpsHook(body)).toMatchObject({ kind: 'malformed', problems: [{ field }] });
  });
});

test('the queue takes what the receiver puts there, and what Azure DevOps puts there itself', () => {
  const event = parseDevOpsHook(hook('build.complete', build()));
  expect(parseDevOpsMessage(event)).toEqual(event);
  expect(parseDevOpsMessage(hook('build.complete', build()))).toEqual(event);
});
