import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { addCommit, gitText } from '../../support/bare-repository.ts';
import type { GitFault } from '../../support/git-server.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { openGitRemote, startGitHost } from './git-host.ts';
import type { GitHost } from './git-host.ts';

let host: GitHost;
beforeAll(async () => {
  host = await startGitHost();
});
afterAll(() => host.close());

const push = { branch: 'main', message: 'deploy', files: [{ path: 'a.yaml', content: Buffer.from('a: 2\n') }] };

async function seeded(hook?: { readonly name: string; readonly script: string }) {
  onTestFinished(() => host.mend());
  const { directory, open } = await host.create();
  const base = await addCommit(directory, { files: { 'a.yaml': 'a: 1\n' } });
  if (hook) {
    const file = join(directory, 'hooks', hook.name);
    await mkdir(join(directory, 'hooks'), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${hook.script}\n`);
    await chmod(file, 0o755);
  }
  return { directory, base, repository: open(), url: `${host.server.url}/${directory.split('/').at(-1)}` };
}

/** A server that answers as it likes. */
async function serve(listener: RequestListener): Promise<string> {
  const server = await serveOnLoopback(listener);
  onTestFinished(() => server.close());
  return server.url;
}

test('a wrong password is a failed sign-in', async () => {
  const { url } = await seeded();
  await expect(openGitRemote(url, { password: 'wrong' }).tip('main')).rejects.toMatchObject({ code: 'sign-in-failed' });
});

test('what the host is asked carries the credential, and a redirect gets none of it', async () => {
  const asked: (string | undefined)[] = [];
  const elsewhere = await serve((request, response) => {
    asked.push(request.headers.authorization);
    response.end();
  });
  const url = await serve((request, response) => {
    response.writeHead(307, { location: `${elsewhere}${request.url}` }).end();
  });
  await expect(openGitRemote(`${url}/x`).tip('main')).rejects.toMatchObject({ code: 'sign-in-failed' });
  expect(asked).toEqual([]);
});

test('a host that knows the repository only as `.git` is asked by that name', async () => {
  const { directory, base } = await seeded();
  const name = directory.split('/').at(-1) ?? '';
  const short = name.replace('.git', '');
  host.server.plan({
    match: new RegExp(`/${short}/`),
    fault: { kind: 'status', status: 301, headers: { location: `/${name}/info/refs` } },
  });
  const repository = openGitRemote(`${host.server.url}/${short}`);
  expect(await repository.tip('main')).toEqual({ branch: 'main', commit: base });
  const { commit } = await repository.push({ ...push, base });
  expect(await gitText(directory, 'rev-parse', 'main')).toBe(commit);
});

test.each([
  ['a dumb web server', 'text/plain', '0123 refs/heads/main\n', 'git-host-not-supported'],
  ['a web page', 'text/html; charset=utf-8', '<html>Sign in</html>', 'sign-in-failed'],
  ['no whole line', 'application/x-git-upload-pack-advertisement', '00ffcut off', 'answer-not-understood'],
  ['no Git', 'application/x-git-upload-pack-advertisement', 'hello', 'answer-not-understood'],
  ['a line of length 3', 'application/x-git-upload-pack-advertisement', '0003', 'answer-not-understood'],
  [
    'SHA-256',
    'application/x-git-upload-pack-advertisement',
    '000eversion 2\n0018object-format=sha256\n0000'.replace('0018', '0019'),
    'git-host-not-supported',
  ],
])('%s is %s: %s', async (_, contentType, body, code) => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-type': contentType }).end(body);
  });
  await expect(openGitRemote(`${url}/x`).tip('main')).rejects.toMatchObject({ code });
});

test('no answer in time', async () => {
  const { repository, base, url } = await seeded();
  await repository.tip('main');
  host.server.latency = 4_000;
  onTestFinished(() => {
    host.server.latency = 0;
  });
  const hurried = openGitRemote(url, { timeoutMs: 2_500 });
  await expect(hurried.tip('main')).rejects.toMatchObject({ code: 'service-unavailable' });
  host.server.latency = 0;
  await hurried.tip('main');
  await hurried.read(base, ['a.yaml']);
  host.server.plan({
    match: /^POST .*receive-pack/,
    fault: { kind: 'meanwhile', act: () => new Promise((resolve) => setTimeout(resolve, 4_000)) },
  });
  await expect(hurried.push({ ...push, base })).rejects.toMatchObject({ code: 'answer-lost' });
});

test('a wait beyond reason stops the host for an hour', async () => {
  let now = Date.parse('2026-11-20T10:00:00Z');
  let asked = 0;
  const url = await serve((_, response) => {
    asked += 1;
    response.writeHead(429, { 'retry-after': '999999999' }).end();
  });
  const repository = openGitRemote(`${url}/x`, { now: () => new Date(now) });
  const throttled = { code: 'throttled', retryAfterSeconds: 3600 };
  await expect(repository.tip('main')).rejects.toMatchObject(throttled);
  await expect(repository.tip('main')).rejects.toMatchObject(throttled);
  expect(asked).toBe(1);
  now += 3_601_000;
  await expect(repository.tip('main')).rejects.toMatchObject(throttled);
  expect(asked).toBe(2);
});

test('nobody listens', async () => {
  const repository = openGitRemote('http://127.0.0.1:1/x');
  await expect(repository.tip('main')).rejects.toMatchObject({ code: 'service-unavailable' });
});

test('a push that nobody could take was not done, one behind a broken gateway may be', async () => {
  const { repository, base } = await seeded();
  await repository.read(base, ['a.yaml']);
  const outcomes: unknown[] = [];
  for (const status of [413, 500, 502, 503, 504]) {
    host.server.plan({ match: /^POST .*receive-pack/, times: 1, fault: { kind: 'status', status } });
    outcomes.push(await repository.push({ ...push, base }).catch((error: unknown) => error));
  }
  expect(outcomes).toMatchObject(
    ['request-too-large', 'answer-lost', 'answer-lost', 'service-unavailable', 'answer-lost'].map((code) => ({ code })),
  );
});

test('a host that falls back to version 0 of the protocol is asked anew', async () => {
  const { repository, directory, base } = await seeded();
  await repository.tip('main');
  host.server.plan({ match: /^POST .*upload-pack/, fault: { kind: 'status', status: 400 } });
  await expect(repository.tip('main')).rejects.toMatchObject({ code: 'answer-not-understood' });
  const asked = host.server.requests.length;
  host.mend();
  expect(await repository.tip('main')).toEqual({ branch: 'main', commit: base });
  expect(host.server.requests.slice(asked)[0]).toBe(
    `GET /${directory.split('/').at(-1)}/info/refs?service=git-upload-pack`.replace('.git/', '/'),
  );
});

test('half an answer to a push leaves it open', async () => {
  const { repository, base, directory } = await seeded();
  host.server.plan({ match: /^POST .*receive-pack/, fault: { kind: 'cut' } });
  await expect(repository.push({ ...push, base })).rejects.toMatchObject({ code: 'answer-lost' });
  expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
});

test('the same push again, after an answer that was lost, is done', async () => {
  const { base, directory, url } = await seeded();
  const repository = openGitRemote(url, { now: () => new Date(1_700_000_000_000) });
  host.server.plan({ match: /^POST .*receive-pack/, times: 1, fault: { kind: 'drop', when: 'after' } });
  await expect(repository.push({ ...push, base })).rejects.toMatchObject({ code: 'answer-lost' });
  const { commit } = await repository.push({ ...push, base });
  expect(await gitText(directory, 'rev-parse', 'main')).toBe(commit);
  expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
});

test.each<[string, GitFault]>([
  ['cut', { kind: 'cut' }],
  ['dropped', { kind: 'drop', when: 'after' }],
])('a read whose answer is %s once is made again', async (_, fault) => {
  const { repository, base } = await seeded();
  await repository.tip('main');
  host.server.plan({ match: /^POST .*upload-pack/, times: 1, fault });
  expect([...(await repository.read(base, ['a.yaml'])).keys()]).toEqual(['a.yaml']);
});

test('a ref that another push holds is tried again', async () => {
  const { repository, base, directory } = await seeded();
  const lock = join(directory, 'refs/heads/main.lock');
  await writeFile(lock, '');
  await expect(repository.push({ ...push, base })).rejects.toMatchObject({ code: 'branch-moved' });
  await rm(lock);
  await repository.push({ ...push, base });
  expect(await gitText(directory, 'rev-list', '--count', 'main')).toBe('2');
});

test.each([
  ['update', 'echo "Deploys need a review." >&2; exit 1', 'push-rejected-by-policy'],
  ['pre-receive', 'echo "remote: GITHUB PUSH PROTECTION" >&2; exit 1', 'push-blocked-by-secret-scanning'],
])('the hook %s: %s', async (name, script, code) => {
  const { repository, base, directory } = await seeded({ name, script });
  await expect(repository.push({ ...push, base })).rejects.toMatchObject({ code, kind: 'permanent' });
  expect(await gitText(directory, 'rev-parse', 'main')).toBe(base);
});

test('a branch that moves back while the hook refuses is told as moved', async () => {
  const { repository, directory, base } = await seeded();
  const second = await addCommit(directory, { files: { 'a.yaml': 'a: 9\n' } });
  const hooks = join(directory, 'hooks');
  await mkdir(hooks, { recursive: true });
  // A hook may not write refs in its quarantine, so the ref is moved as a file.
  const script = `#!/bin/sh\nprintf '${base}\\n' > ${join(directory, 'refs/heads/main')}\nexit 1\n`;
  await writeFile(join(hooks, 'pre-receive'), script, { mode: 0o755 });
  await expect(repository.push({ ...push, base: second })).rejects.toMatchObject({ code: 'branch-moved' });
});

test('a commit that the host no longer has', async () => {
  const { repository } = await seeded();
  await expect(repository.read('1'.repeat(40), ['a.yaml'])).rejects.toMatchObject({ code: 'branch-moved' });
});

test('a file that is not at the base', async () => {
  const { repository, base, directory } = await seeded();
  for (const path of ['b.yaml', 'no/a.yaml', 'a.yaml/b', '', '/a.yaml', '../a.yaml', 'a.yaml/']) {
    const files = [{ path, content: Buffer.from('x') }];
    await expect(repository.push({ ...push, base, files })).rejects.toMatchObject({ code: 'file-not-found' });
  }
  expect(await gitText(directory, 'rev-parse', 'main')).toBe(base);
});

test('a wait that the host asks for is kept by all that ask it', async () => {
  const { repository } = await seeded();
  host.server.plan({
    match: /upload-pack/,
    times: 1,
    fault: { kind: 'status', status: 429, headers: { 'retry-after': '30' } },
  });
  await expect(repository.tip('main')).rejects.toMatchObject({ code: 'throttled', retryAfterSeconds: 30 });
  const asked = host.server.requests.length;
  await expect(repository.tip('main')).rejects.toMatchObject({ code: 'throttled' });
  expect(host.server.requests).toHaveLength(asked);
});

test('GitHub throttles with 403 and the time to wait', async () => {
  const { repository } = await seeded();
  host.server.plan({
    match: /upload-pack/,
    fault: { kind: 'status', status: 403, headers: { 'retry-after': '60' } },
  });
  await expect(repository.tip('main')).rejects.toMatchObject({ code: 'throttled', retryAfterSeconds: 60 });
});

test('a repository that is too large to be fetched whole', async () => {
  const whole = await startGitHost({ allowFilter: false });
  onTestFinished(() => whole.close());
  const { directory } = await whole.create();
  const base = await addCommit(directory, {
    files: { 'a.yaml': 'a: 1\n', big: Buffer.from('0123456789'.repeat(200_000)) },
  });
  const url = `${whole.server.url}/${directory.split('/').at(-1)}`;
  const repository = openGitRemote(url, { maxAnswerBytes: 2000 });
  await repository.tip('main');
  await expect(repository.read(base, ['a.yaml'])).rejects.toMatchObject({ code: 'request-too-large' });
});
