import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { BuildReason, BuildResult, BuildStatus } from 'azure-devops-node-api/interfaces/BuildInterfaces.js';
import { describe, expect, test } from 'vitest';
import { call, problemOf, startEmulator, token } from './emulator.ts';

const emulator = await startEmulator({ now: () => new Date('2026-11-20T10:00:00Z') });
const api = await new WebApi(emulator.organization, getPersonalAccessTokenHandler(token)).getBuildApi();
const { builds } = emulator;
const url = `${emulator.organization}/shop/_apis/build/builds`;
const api1 = {
  id: '11111111-2222-4333-8444-555555555555',
  type: 'TfsGit',
  name: 'api',
  url: 'https://x.example',
} as const;
const of = { organization: 'contoso', project: 'shop', repository: api1, sourceVersion: 'c'.repeat(40) };

/** A start at that hour of the day of the searches. */
function day(hour: number) {
  return { startTime: new Date(Date.UTC(2026, 10, 21, hour)) };
}

async function find(query: string): Promise<number[]> {
  const { body } = await call(`${emulator.organization}/search/_apis/build/builds?${query}`);
  expect(body.count).toBe(body.value.length);
  return body.value.map(({ id }) => Number(id));
}

describe('one build', () => {
  const build = builds.start({ ...of, definition: { id: 4, name: 'api-ci' }, id: 1241 });

  test('has the fields of a real one', async () => {
    const { status, body } = await call(`${url}/1241`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 1241,
      buildNumber: '20261120.1',
      status: 'inProgress',
      definition: { id: 4, name: 'api-ci', path: '\\' },
      project: { name: 'shop', id: build.projectId },
      repository: { ...api1, clean: null },
      sourceBranch: 'refs/heads/main',
      sourceVersion: 'c'.repeat(40),
      reason: 'individualCI',
      triggerInfo: {},
      queueTime: '2026-11-20T10:00:00Z',
      startTime: '2026-11-20T10:00:00Z',
      orchestrationPlan: { planId: build.planId },
      tags: [],
      _links: { web: { href: `${emulator.organization}/${build.projectId}/_build/results?buildId=1241` } },
    });
    expect(body).not.toHaveProperty('result');
    expect(body).not.toHaveProperty('finishTime');
  });

  test('ends once, and the client package reads its enums and dates', async () => {
    builds.finish(1241, 'partiallySucceeded', new Date('2026-11-20T10:07:00Z'));
    expect(await api.getBuild('shop', 1241)).toMatchObject({
      status: BuildStatus.Completed,
      result: BuildResult.PartiallySucceeded,
      reason: BuildReason.IndividualCI,
      startTime: new Date('2026-11-20T10:00:00Z'),
      finishTime: new Date('2026-11-20T10:07:00Z'),
    });
    expect(() => builds.finish(1241, 'failed')).toThrow('has ended already');
    expect(() => builds.start({ ...of, definition: { id: 4, name: 'api-ci' }, id: 1241 })).toThrow('1241 already');
  });

  test('is found in its own project only, by name or id', async () => {
    expect((await call(`${emulator.organization}/${build.projectId}/_apis/build/Builds/1241`)).status).toBe(200);
    const unknown = [404, 'BuildNotFoundException'];
    expect(problemOf(await call(`${url}/1`))).toEqual(unknown);
    expect(problemOf(await call(`${emulator.organization}/platform/_apis/build/builds/1241`))).toEqual(unknown);
    expect(await api.getBuild('shop', 1)).toBeNull();
    const nowhere = await call(`${emulator.organization}/nowhere/_apis/build/builds/1241`);
    expect(problemOf(nowhere)).toEqual([404, 'ProjectDoesNotExistWithNameException']);
  });
});

describe('a search', () => {
  const web = {
    id: 'contoso/web',
    type: 'GitHub',
    name: 'contoso/web',
    url: 'https://github.com/contoso/web',
  } as const;
  const first = builds.start({ ...of, project: 'search', definition: { id: 7, name: 'ci' }, ...day(1) });
  const second = builds.start({
    ...of,
    ...day(2),
    project: 'search',
    definition: { id: 8, name: 'pr' },
    reason: 'pullRequest',
    sourceBranch: 'refs/pull/3/merge',
    triggerInfo: { 'pr.number': '3' },
  });
  const third = builds.start({
    ...of,
    ...day(3),
    project: 'search',
    definition: { id: 7, name: 'ci' },
    repository: web,
  });
  builds.finish(first.id, 'succeeded', new Date('2026-11-21T05:00:00Z'));
  builds.setTags(third.id, ['dev-healthy']);

  test.each([
    ['', [third, second, first]],
    ['definitions=7', [third, first]],
    ['definitions=7,8&$top=2', [third, second]],
    ['buildNumber=20261121.2', [third]],
    ['buildNumber=20261121.*', [third, second, first]],
    ['buildNumber=20261121', []],
    ['statusFilter=completed', [first]],
    [`statusFilter=${BuildStatus.InProgress}`, [third, second]],
    ['statusFilter=inProgress,completed', [third, second, first]],
    ['resultFilter=succeeded', [first]],
    ['reasonFilter=pullRequest', [second]],
    ['branchName=refs/pull/3/merge', [second]],
    [`repositoryId=${web.id}&repositoryType=GitHub`, [third]],
    [`repositoryId=${api1.id.toUpperCase()}&repositoryType=tfsgit`, [second, first]],
    [`buildIds=${first.id},${third.id}`, [third, first]],
    ['tagFilters=DEV-healthy', [third]],
    ['minTime=2026-11-21T02:00:00Z&maxTime=2026-11-21T02:30:00Z', [second]],
    ['queryOrder=startTimeAscending', [first, second, third]],
    ['queryOrder=finishTimeDescending&$top=1', [first]],
  ])('by %s', async (query, expected) => {
    expect(await find(query)).toEqual(expected.map(({ id }) => id));
  });

  test('by the client package', async () => {
    const none = undefined;
    const found = await api.getBuilds(
      'search',
      [7],
      none,
      '20261121.2',
      none,
      none,
      none,
      none,
      BuildStatus.InProgress,
    );
    expect(found.map(({ id }) => id)).toEqual([third.id]);
  });

  test('goes on at the token of the last page', async () => {
    const page = await call(`${emulator.organization}/search/_apis/build/builds?$top=2`);
    const token = page.headers.get('x-ms-continuationtoken');
    expect(await find(`$top=2&continuationToken=${token}`)).toEqual([first.id]);
  });

  test.each(['repositoryId=x', 'definitions=a', 'statusFilter=green', 'queryOrder=up'])(
    '%s is refused',
    async (query) => {
      const answer = await call(`${emulator.organization}/search/_apis/build/builds?${query}`);
      expect(problemOf(answer)).toEqual([400, 'InvalidArgumentValueException']);
    },
  );
});

describe('tags', () => {
  const { id } = builds.start({ ...of, definition: { id: 4, name: 'api-ci' } });
  const tags = `${url}/${id}/tags`;

  test('are put, posted, listed and removed; every answer has them all', async () => {
    expect((await call(`${tags}/dev-healthy`, undefined, { method: 'PUT' })).body).toEqual({
      count: 1,
      value: ['dev-healthy'],
    });
    expect((await call(tags, ['dev-healthy', 'prod/eu:1.0'])).body.value).toEqual(['dev-healthy', 'prod/eu:1.0']);
    expect((await call(`${tags}/DEV-HEALTHY`, undefined, { method: 'PUT' })).body.count).toBe(2);
    expect((await call(tags)).body.count).toBe(2);
    expect(await call(`${url}/${id}`)).toMatchObject({ body: { tags: ['dev-healthy', 'prod/eu:1.0'] } });
    expect((await call(`${tags}/dev-healthy`, undefined, { method: 'DELETE' })).body.value).toEqual(['prod/eu:1.0']);
  });

  test('by the client package', async () => {
    await api.addBuildTag('shop', id, 'staging-failed');
    expect(await api.addBuildTags(['a', 'b'], 'shop', id)).toEqual(
      expect.arrayContaining(['staging-failed', 'a', 'b']),
    );
    await api.deleteBuildTag('shop', id, 'a');
    expect(await api.getBuildTags('shop', id)).toEqual(expect.not.arrayContaining(['a']));
  });

  test('what the service does not take is refused', async () => {
    const argument = [400, 'InvalidArgumentValueException'];
    expect(problemOf(await call(tags, ['x'.repeat(257)]))).toEqual(argument);
    expect(problemOf(await call(tags, { tags: ['a'] }))).toEqual(argument);
    expect(problemOf(await call(tags, undefined, { method: 'PUT' }))).toEqual(argument);
    expect(problemOf(await call(`${tags}/a%3Ab`, undefined, { method: 'PUT' }))).toEqual([400, 'HttpException']);
    expect(problemOf(await call(`${url}/99999/tags`, ['a']))).toEqual([404, 'BuildNotFoundException']);
  });
});

test('stages are known by name and move on', () => {
  const { id } = builds.start({ ...of, definition: { id: 4, name: 'api-ci' } });
  builds.stage(id, { name: 'Build', displayName: 'Build it', state: 'running' });
  const { stages } = builds.stage(id, { name: 'Build', state: 'completed', result: 'succeeded' });
  expect(stages).toMatchObject([{ name: 'Build', displayName: 'Build it', state: 'completed', result: 'succeeded' }]);
  expect(() => builds.stage(99_999, { name: 'Build', state: 'running' })).toThrow('no build 99999');
});

const commit = (digit: string) => ({ id: digit.repeat(40), message: `Change ${digit}\n\nBecause.` });

test('the changes between two builds are those of every later build of the pipeline, the newest first', async () => {
  const pipeline = { ...of, definition: { id: 9, name: 'changes-ci' } };
  const start = (...digits: string[]) => builds.start({ ...pipeline, changes: digits.map(commit) }).id;
  const [first, , last] = [start('1'), start('2'), start('4', '3')];
  builds.start({ ...of, definition: { id: 10, name: 'other-ci' }, changes: [commit('9')] });
  const later = builds.start({ ...pipeline, changes: [commit('5')] }).id;
  const found = await api.getChangesBetweenBuilds('shop', first, last);
  expect(found.map(({ id }) => id?.[0])).toEqual(['4', '3', '2']);
  expect(found[0]).toMatchObject({ message: 'Change 4\n\nBecause.', type: 'TfsGit' });
  expect(found[0]?.timestamp).toBeInstanceOf(Date);
  expect(await api.getChangesBetweenBuilds('shop', first, later, 1)).toMatchObject([{ id: '5'.repeat(40) }]);
  expect(await api.getChangesBetweenBuilds('shop', later, first)).toEqual([]);
  const unknown = `${emulator.organization}/shop/_apis/build/changes?fromBuildId=${first}&toBuildId=99999`;
  expect(problemOf(await call(unknown))).toEqual([404, 'BuildNotFoundException']);
});
