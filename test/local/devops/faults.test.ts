import { expect, test } from 'vitest';
import type { FaultAction } from '../../../local/devops/faults/fault.ts';
import { eventually } from '../../support/eventually.ts';
import { addFile, call, editFile, git, gitClient, problemOf, push, pushBody, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator({ now: () => new Date('2026-11-20T10:00:00Z') });
const first = await push(emulator, zero, [addFile('/file', '1')]);
const { faults } = emulator;
const refs = `${emulator.repository}/refs`;
const pushes = `${emulator.repository}/pushes`;

/** Lets a fault strike the next request, which is a read of the refs. */
async function struck(action: FaultAction): Promise<Awaited<ReturnType<typeof call>>> {
  const fault = faults.add({ action, times: 1 });
  const answer = await call(refs);
  expect(fault.hits).toBe(1);
  expect((await call(refs)).status).toBe(200);
  fault.remove();
  return answer;
}

test.each([
  [{ kind: 'unavailable' }, 503, 'GitServiceUnavailableException'],
  [{ kind: 'expired-token' }, 401, 'UnauthorizedRequestException'],
  [{ kind: 'rejected-by-policy' }, 403, 'GitRefUpdateRejectedByPolicyException'],
  [{ kind: 'permission-denied' }, 403, 'GitNeedsPermissionException'],
  [{ kind: 'throttled', retryAfterSeconds: 30 }, 429, 'RequestFilterException'],
  [{ kind: 'sign-in-page' }, 203, undefined],
  [{ kind: 'sign-in-redirect' }, 302, undefined],
  [{ kind: 'error', typeKey: 'GitRefLockedException' }, 403, 'GitRefLockedException'],
  [{ kind: 'secret-found', status: 400 }, 400, 'GitRefUpdateRejectedByPluginException'],
  [{ kind: 'secret-found', status: 403 }, 403, 'GitRefUpdateRejectedByPluginException'],
] as const)('%o is answered %d %s, once', async (action, status, typeKey) => {
  expect(problemOf(await struck(action))).toEqual([status, typeKey]);
});

test('the sign-in page is HTML, the redirect leads to one, a found secret has its code', async () => {
  expect((await struck({ kind: 'sign-in-page' })).text).toContain('Sign In');
  expect((await struck({ kind: 'sign-in-redirect' })).headers.get('location')).toBe('/_signin');
  expect((await struck({ kind: 'secret-found', status: 403 })).body.message).toContain('VS403654');
});

test('throttling says how long to wait, and a delayed answer is the usual one that asks to go slower', async () => {
  const blocked = await struck({ kind: 'throttled', retryAfterSeconds: 30 });
  expect(Object.fromEntries(blocked.headers)).toMatchObject({
    'retry-after': '30',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Date.parse('2026-11-20T10:00:30Z') / 1000),
  });
  const delayed = await struck({ kind: 'delayed', retryAfterSeconds: 3 });
  expect([delayed.status, delayed.headers.get('retry-after'), delayed.body.count]).toEqual([200, '3', 1]);
  expect(delayed.headers.get('x-ratelimit-delay')).toBe('1.234');
});

test('the client package shows the limit, and the retry time of a delayed answer', async () => {
  const api = await gitClient(emulator.organization);
  const throttled = faults.add({
    match: { resource: 'refs' },
    action: { kind: 'throttled', retryAfterSeconds: 7 },
    times: 1,
  });
  await expect(api.getRefs('gitops', 'platform')).rejects.toMatchObject({
    statusCode: 429,
    rateLimit: { retryAfter: 7, remaining: 0 },
  });
  expect(throttled.hits).toBe(1);
  const delayed = faults.add({
    match: { resource: 'refs' },
    action: { kind: 'delayed', retryAfterSeconds: 3 },
    times: 1,
  });
  expect(await api.getRefs('gitops', 'platform')).toMatchObject({ rateLimit: { retryAfter: 3 } });
  throttled.remove();
  delayed.remove();
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

test('latency makes answers late: of one fault, and of all', async () => {
  const fault = faults.add({ action: { kind: 'latency', milliseconds: 120 }, times: 1 });
  expect(await timed(() => call(refs))).toBeGreaterThanOrEqual(118);
  fault.remove();
  faults.latency = 80;
  expect(await timed(() => call(refs))).toBeGreaterThanOrEqual(78);
  faults.latency = 0;
});

test('a request that waits ends when the emulator is closed, and does nothing', async () => {
  const other = await startEmulator();
  other.faults.add({ action: { kind: 'latency', milliseconds: 3_600_000 } });
  const request = call(`${other.repository}/refs`).catch(() => 'lost');
  await eventually(() => expect(other.faults.waiting).toBe(1));
  await other.close();
  expect(await request).toBe('lost');
  await eventually(() => expect(other.requests.map(({ status }) => status)).toEqual([undefined]));
  expect(other.faults.waiting).toBe(0);
});

test('a connection that breaks before the push leaves the branch, one that breaks after it has moved it', async () => {
  const before = faults.add({
    match: { resource: 'pushes', method: 'POST' },
    times: 1,
    action: { kind: 'drop', when: 'before' },
  });
  await expect(call(pushes, pushBody(first, [editFile('/file', 'lost')]))).rejects.toThrow('fetch failed');
  expect(await git(emulator.directory, 'rev-parse', 'main')).toBe(first);
  before.remove();

  const after = faults.add({ match: { resource: 'PUSHES' }, times: 1, action: { kind: 'drop', when: 'after' } });
  await expect(call(pushes, pushBody(first, [editFile('/file', 'landed')]))).rejects.toThrow('fetch failed');
  expect(await git(emulator.directory, 'log', '-1', '--format=%P', 'main')).toBe(first);
  expect(emulator.requests.at(-1)).toMatchObject({ method: 'POST', resource: 'pushes', status: undefined });
  after.remove();
});

test('a branch that vanishes before the push is re-created by it', async () => {
  const tip = await push(emulator, first, [editFile('/file', 'a')], {}, 'vanishing');
  const fault = faults.add({ match: { resource: 'pushes' }, times: 1, action: { kind: 'branch-vanishes' } });
  const { status, body } = await call(pushes, pushBody(tip, [editFile('/file', 'b')], {}, 'vanishing'));
  expect([status, body.refUpdates[0]?.oldObjectId]).toEqual([201, zero]);
  fault.remove();
});

test('secret scanning strikes only the pushes whose files hold a secret', async () => {
  const fault = faults.add({ action: { kind: 'secret-found', status: 403, content: /AKIA[0-9A-Z]{4}/ } });
  const blocked = await call(
    pushes,
    pushBody(first, [editFile('/file', 'ok'), addFile('/b', 'key: AKIA1234')], {}, 'secret'),
  );
  expect(problemOf(blocked)).toEqual([403, 'GitRefUpdateRejectedByPluginException']);
  const raw = { changeType: 2, item: { path: '/file' }, newContent: { content: 'AKIA5678', contentType: 0 } };
  expect((await call(pushes, pushBody(first, [raw], {}, 'secret'))).status).toBe(403);
  expect((await call(pushes, pushBody(first, [editFile('/file', 'no secret')], {}, 'secret'))).status).toBe(201);
  expect((await call(refs)).status).toBe(200);
  expect(fault.hits).toBe(2);
  fault.remove();
});

test('a fault strikes where method, path and resource match', async () => {
  const fault = faults.add({ match: { method: 'GET', path: /filter=heads\/x/ }, action: { kind: 'unavailable' } });
  expect((await call(`${refs}?filter=heads/x`)).status).toBe(503);
  expect((await call(`${refs}?filter=heads/y`)).status).toBe(200);
  expect((await call(`${refs}?filter=heads/x`, [])).status).toBe(200);
  expect(fault.hits).toBe(1);
  faults.clear();
  expect((await call(`${refs}?filter=heads/x`)).status).toBe(200);
});

/** The statuses of 20 requests, of which a fault strikes about half. */
async function pattern(seed: number): Promise<number[]> {
  const fault = faults.add({ match: { resource: 'refs' }, probability: 0.5, seed, action: { kind: 'unavailable' } });
  const statuses: number[] = [];
  for (let request = 0; request < 20; request += 1) statuses.push((await call(refs)).status);
  fault.remove();
  return statuses;
}

test('a probability strikes the same requests for the same seed', async () => {
  const once = await pattern(7);
  expect(new Set(once)).toEqual(new Set([200, 503]));
  expect(await pattern(7)).toEqual(once);
  expect(await pattern(8)).not.toEqual(once);
});

test('Git clients are struck too: refused, and with a lost answer', async () => {
  const unavailable = faults.add({
    match: { resource: 'refs', path: /_git\// },
    times: 1,
    action: { kind: 'unavailable' },
  });
  await expect(git('.', 'ls-remote', emulator.remote)).rejects.toThrow('503');
  unavailable.remove();
  const lost = faults.add({
    match: { resource: 'git-receive-pack', method: 'POST' },
    times: 1,
    action: { kind: 'drop', when: 'after' },
  });
  await expect(git(emulator.directory, 'push', emulator.remote, `${first}:refs/heads/pushed`)).rejects.toThrow(
    'git push',
  );
  expect(lost.hits).toBe(1);
  expect(await git(emulator.directory, 'rev-parse', 'pushed')).toBe(first);
});

test('requests are recorded as they went', async () => {
  await call(`${refs}?filter=heads/main`);
  await call(pushes, {});
  expect(emulator.requests.slice(-2)).toEqual([
    {
      method: 'GET',
      path: '/contoso/platform/_apis/git/repositories/gitops/refs?filter=heads/main',
      resource: 'refs',
      status: 200,
    },
    { method: 'POST', path: '/contoso/platform/_apis/git/repositories/gitops/pushes', resource: 'pushes', status: 400 },
  ]);
});
