import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { describePull } from '../../../support/github/rest.ts';
import { request, startStandIn } from './stand-in.ts';

let host: Awaited<ReturnType<typeof startStandIn>>;
beforeAll(async () => {
  host = await startStandIn();
});
afterEach(() => host.gitHub.clearFaults());
afterAll(() => host.close());

const answer = (status: number, body: unknown = {}, headers: Readonly<Record<string, string>> = {}) =>
  ({ kind: 'answer', status, body, headers }) as const;
const limits = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';

describe('REST', () => {
  test.each([
    ['an expired token', answer(401, { message: 'Bad credentials' }), { code: 'sign-in-failed' }],
    ['a token without the permission', answer(403, { message: 'Not accessible' }), { code: 'permission-denied' }],
    ['a hidden repository', answer(404, { message: 'Not Found' }), { code: 'repository-not-found' }],
    ['429', answer(429, {}, { 'retry-after': '40' }), { code: 'throttled', retryAfterSeconds: 40 }],
    ['a secondary limit', answer(403, {}, { 'retry-after': '30' }), { code: 'throttled', retryAfterSeconds: 30 }],
    ['one without headers', answer(403, { documentation_url: limits }), { code: 'throttled', retryAfterSeconds: 60 }],
    ['a wait beyond reason', answer(429, {}, { 'retry-after': '999999' }), { retryAfterSeconds: 3600 }],
    ['an outage', answer(502, '<html>'), { code: 'service-unavailable' }],
    ['a web page', answer(200, '<html>'), { code: 'answer-not-understood' }],
    ['another answer', answer(200, { items: [] }), { code: 'answer-not-understood' }],
    ['a broken connection', { kind: 'drop', when: 'before' } as const, { code: 'service-unavailable' }],
  ])('%s is told by its code', async (_name, fault, failure) => {
    host.gitHub.plan({ match: /./, fault });
    await expect(host.open().find('tagrelay/x/prod', 'main', 'active')).rejects.toMatchObject(failure);
  });

  test.each([
    ['a web page', answer(200, '<html>'), 'answer-lost'],
    ['a broken connection', { kind: 'drop', when: 'after' } as const, 'answer-lost'],
    ['an outage', answer(503), 'service-unavailable'],
    ['a validation', answer(422, { message: 'Validation Failed', errors: ['drafts'] }), 'pull-request-refused'],
  ])('opening met by %s', async (_name, fault, code) => {
    const { source } = await host.makeSource();
    host.gitHub.plan({ match: /^POST .*pulls$/, times: 1, fault });
    await expect(host.open().open({ ...request, source })).rejects.toMatchObject({ code });
  });

  test('what has changed since it was read asks for another look', async () => {
    const { source } = await host.makeSource();
    const pullRequests = host.open();
    await pullRequests.open({ ...request, source });
    const moved = { code: 'branch-moved' };
    await expect(pullRequests.open({ ...request, source })).rejects.toMatchObject(moved);
    await expect(pullRequests.open({ ...request, source: 'gone' })).rejects.toMatchObject(moved);
    await expect(pullRequests.open({ ...request, source: 'main' })).rejects.toMatchObject(moved);
    await expect(pullRequests.open({ ...request, source, target: 'gone' })).rejects.toMatchObject(moved);
  });

  test('a number that there is not, and a repository that is hidden, are told apart', async () => {
    const pullRequests = host.open();
    await expect(pullRequests.get(999)).rejects.toMatchObject({ code: 'pull-request-not-found' });
    host.gitHub.plan({ match: /./, fault: answer(404, { message: 'Not Found' }) });
    await expect(pullRequests.get(999)).rejects.toMatchObject({ code: 'repository-not-found' });
  });

  test('a used-up hourly limit is waited for, and nothing is asked meanwhile', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 900) };
    host.gitHub.plan({ match: /./, times: 1, fault: answer(200, [], headers) });
    const pullRequests = host.open();
    expect(await pullRequests.find('tagrelay/x/prod', 'main', 'active')).toBeUndefined();
    const asked = host.gitHub.requests.length;
    const failure: unknown = await pullRequests
      .find('tagrelay/x/prod', 'main', 'active')
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'throttled' });
    expect(failure).toHaveProperty('retryAfterSeconds', expect.closeTo(900, -2));
    expect(host.gitHub.requests).toHaveLength(asked);
  });

  test('a mergeability that GitHub does not compute is waited for, then asked again later', async () => {
    const { source, head } = await host.makeSource();
    const pullRequests = host.open();
    const opened = await pullRequests.open({ ...request, source });
    const repository = await host.gitHub.look('contoso', 'gitops');
    const pull = repository.pulls.find(({ number }) => number === opened.number);
    if (!pull) throw new Error('the stand-in has lost it');
    const unknown = { ...(await describePull(repository, pull)), mergeable: null, mergeable_state: 'unknown' };
    host.gitHub.plan({ match: /^GET .*\/pulls\/\d+$/, fault: answer(200, unknown) });
    const completion = { strategy: 'squash', message: 'deploy', head } as const;
    await expect(pullRequests.setAutoComplete(opened, completion)).rejects.toMatchObject({
      code: 'service-unavailable',
    });
    host.gitHub.clearFaults();
    expect(await pullRequests.setAutoComplete(opened, completion)).toBeUndefined();
    expect(await pullRequests.get(opened.number)).toMatchObject({ state: 'completed' });
  });

  test('what a newer API would say at every request stays out of the log', async () => {
    const warned = vi.spyOn(console, 'warn');
    const headers = { deprecation: 'Tue, 10 Mar 2026 00:00:00 GMT', sunset: 'Fri, 10 Mar 2028 00:00:00 GMT' };
    host.gitHub.plan({ match: /./, fault: answer(200, [], headers) });
    expect(await host.open().find('tagrelay/x/prod', 'main', 'active')).toBeUndefined();
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test('a branch of that name in a fork is not ours', async () => {
    const { source, head } = await host.makeSource();
    const pullRequests = host.open();
    const { number } = await pullRequests.open({ ...request, source });
    const { pulls } = await host.gitHub.look('contoso', 'gitops');
    const own = pulls.find((pull) => pull.number === number);
    if (!own) throw new Error('the stand-in has lost it');
    Object.assign(own, { isOfFork: true });
    expect(await pullRequests.find(source, 'main', 'any')).toBeUndefined();
    expect(await pullRequests.listActive(source)).toEqual([]);
    const ours = await pullRequests.open({ ...request, source });
    expect(await pullRequests.find(source, 'main', 'active')).toMatchObject({ number: ours.number, head });
    expect(await pullRequests.listActive(source)).toMatchObject([{ number: ours.number, head }]);
  });

  test('a long title is cut to what GitHub takes', async () => {
    const { source } = await host.makeSource();
    const { number } = await host.open().open({ ...request, source, title: 'x'.repeat(400) });
    const { pulls } = await host.gitHub.look('contoso', 'gitops');
    expect(pulls.find((pull) => pull.number === number)?.title).toHaveLength(256);
  });
});

describe('GraphQL', () => {
  test.each([
    ['NOT_FOUND', 'repository-not-found'],
    ['FORBIDDEN', 'permission-denied'],
    ['RATE_LIMITED', 'throttled'],
    [undefined, 'service-unavailable'],
  ])('an error of type %s is told by its code', async (type, code) => {
    host.gitHub.plan({ match: /graphql/, fault: answer(200, { data: null, errors: [{ type, message: 'no' }] }) });
    await expect(host.open().listActive('tagrelay')).rejects.toMatchObject({ code });
  });

  test('a secondary limit holds for REST as well', async () => {
    host.gitHub.plan({ match: /graphql/, fault: answer(403, {}, { 'retry-after': '60' }) });
    const pullRequests = host.open();
    await expect(pullRequests.listActive('tagrelay')).rejects.toMatchObject({ code: 'throttled' });
    await expect(pullRequests.get(1)).rejects.toMatchObject({ code: 'throttled' });
  });
});

describe('redirects', () => {
  test.each([301, 302, 307, 308])('%s is not followed', async (status) => {
    const elsewhere = await startStandIn();
    const location = `${elsewhere.gitHub.url}/repositories/1/pulls`;
    host.gitHub.plan({ match: /pulls/, fault: answer(status, {}, { location }) });
    await expect(host.open().find('tagrelay/x/prod', 'main', 'active')).rejects.toMatchObject({
      code: 'sign-in-failed',
      message: expect.stringContaining('is not followed') as string,
    });
    expect(elsewhere.gitHub.requests).toEqual([]);
    await elsewhere.close();
  });
});
