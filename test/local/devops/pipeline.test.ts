import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { startEmulator } from './emulator.ts';

const emulator = await startEmulator();
const place = { organization: 'contoso', project: 'shop' };
const received: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
const gate = await serveOnLoopback(async (request, response) => {
  const path = request.url ?? '';
  received.push({ path, headers: request.headers, body: await text(request) });
  const status = Number(/^\/(\d+)/.exec(path)?.[1] ?? 202);
  if (path.startsWith('/slow')) return;
  response.writeHead(status, { location: '/202' }).end('told');
});
afterAll(() => gate.close());

test('a task sends the headers of AzureFunction@1, its own, and the key in the URL', async () => {
  const task = emulator.pipeline.run(place, {
    url: `${gate.url}/api/gates`,
    key: 'a+b',
    queryParameters: 'x=1',
    headers: { BuildId: '1241', HubName: '' },
    body: '{"environment":"dev"}',
  });
  expect(await task.answered).toContain('202');
  const { path, headers, body } = received.at(-1) ?? {};
  expect([path, body]).toEqual(['/api/gates?code=a%2Bb&x=1', '{"environment":"dev"}']);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    planurl: `${emulator.organization}/`,
    projectid: task.projectId,
    planid: task.planId,
    jobid: task.jobId,
    timelineid: task.timelineId,
    taskinstanceid: task.taskId,
    authtoken: task.token,
    buildid: '1241',
  });
  expect(headers).not.toHaveProperty('hubname');
  task.cancel();
});

test.each([
  ['an error', '/500', 'was answered 500: told'],
  ['a refusal', '/401', 'was answered 401'],
  ['a redirect', '/302', 'was answered 302'],
])('%s fails the task at once', async (_name, path, problem) => {
  const { finished, answered } = emulator.pipeline.run(place, { url: `${gate.url}${path}` });
  expect(await finished).toMatchObject({ result: 'failed', problem: expect.stringContaining(problem) });
  await expect(answered).rejects.toThrow(problem);
});

test('no answer within the limit fails the task', async () => {
  const { finished } = emulator.pipeline.run(place, { url: `${gate.url}/slow`, answerLimitMs: 50 });
  expect(await finished).toMatchObject({ result: 'failed', problem: expect.stringContaining('timeout') });
});

test('a task that nobody completes fails when its time is over', async () => {
  const { finished, plan } = emulator.pipeline.run(place, { url: gate.url, timeoutMs: 100 });
  expect(await finished).toMatchObject({ result: 'failed', problem: expect.stringContaining('100 ms') });
  expect(plan.hasEnded).toBe(true);
});
