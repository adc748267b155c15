import { expect, onTestFinished, test } from 'vitest';
import type { Gate } from '../../../src/lib/gates/gate.ts';
import { makePipelineCallback } from '../../../src/lib/gates/pipeline-callback.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';

const token = 'a-token-of-a-job';

async function serve(status: number, headers: Readonly<Record<string, string>> = {}) {
  const seen: { readonly url: string | undefined; readonly authorization: string | undefined }[] = [];
  const server = await serveOnLoopback((request, response) => {
    seen.push({ url: request.url, authorization: request.headers.authorization });
    request.resume();
    response.writeHead(status, headers).end();
    return Promise.resolve();
  });
  onTestFinished(() => server.close());
  return { seen, url: server.url };
}

function callbackOf(collection: string, localEndpoints?: Readonly<Record<string, string>>, now = () => new Date()) {
  const callback = makePipelineCallback({
    hosts: { azureDevOpsCollections: localEndpoints ? [] : [collection], ...(localEndpoints && { localEndpoints }) },
    userAgent: 'test',
    now,
    limitsMs: { lines: 500, log: 500, complete: 500 },
  });
  const task: Gate['task'] = {
    collection,
    projectId: 'p',
    hubName: 'build',
    planId: 'plan',
    jobId: 'job',
    timelineId: 'line',
    taskInstanceId: 'task',
  };
  return { callback, task };
}

test('the token goes to its collection and is sent after no redirect', async () => {
  const elsewhere = await serve(204);
  const collection = await serve(302, { location: `${elsewhere.url}/stolen` });
  const { callback, task } = callbackOf(`${collection.url}/tfs/shop`);
  const failures = [
    callback.complete(task, token, true),
    callback.appendLines(task, token, ['x']),
    callback.uploadLog(task, token, ['x']),
  ];
  for (const failure of failures) {
    const error: unknown = await failure.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'sign-in-failed' });
    expect(String(error)).not.toContain(token);
  }
  expect(collection.seen.map(({ authorization }) => authorization)).toEqual(Array(3).fill(`Bearer ${token}`));
  expect(elsewhere.seen).toEqual([]);
});

test('a collection that the operator has taken away since is not called any more', async () => {
  const collection = await serve(204);
  const { callback, task } = callbackOf(`${collection.url}/tfs/shop`, {});
  const elsewhere = { ...task, collection: 'https://dev.azure.com/fabrikam' };
  await expect(callback.complete(elsewhere, token, true)).rejects.toMatchObject({ code: 'host-not-allowed' });
  expect(collection.seen).toEqual([]);
});

test('the end of a task is completed by one request, with the token of its job', async () => {
  const { seen, url } = await serve(204);
  const { callback, task } = callbackOf(`${url}/tfs/shop`);
  await callback.complete(task, token, false);
  expect(seen).toEqual([
    {
      url: '/tfs/shop/p/_apis/distributedtask/hubs/build/plans/plan/events?api-version=2.0-preview.1',
      authorization: `Bearer ${token}`,
    },
  ]);
});

test('a log that is created without an id in the answer is a Failure, and no other error', async () => {
  const { seen, url } = await serve(204);
  const { callback, task } = callbackOf(`${url}/tfs/shop`);
  await expect(callback.uploadLog(task, token, ['x'])).rejects.toMatchObject({ code: 'answer-not-understood' });
  expect(seen).toHaveLength(1);
});

test('after a request without an answer a collection is left alone, then probed by one request', async () => {
  let requests = 0;
  let isDead = true;
  const server = await serveOnLoopback((request, response) => {
    requests += 1;
    request.resume();
    if (!isDead) response.writeHead(204).end();
    return Promise.resolve();
  });
  onTestFinished(() => server.close());
  let passed = 0;
  const { callback, task } = callbackOf(`${server.url}/tfs/shop`, undefined, () => new Date(Date.now() + passed));
  await expect(callback.complete(task, token, true)).rejects.toMatchObject({ code: 'answer-lost' });
  expect(requests).toBe(1);
  const refused = { code: 'service-unavailable', retryAfterSeconds: 15 };
  await expect(callback.complete(task, token, true)).rejects.toMatchObject(refused);
  expect(requests).toBe(1);
  isDead = false;
  passed = 16_000;
  const answers = await Promise.allSettled([1, 2, 3].map(() => callback.complete(task, token, true)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  await callback.complete(task, token, true);
  expect(requests).toBe(3);
});

test('lines and logs that get no answer stop no completion; without an answer to that, one request probes', async () => {
  const requests: string[] = [];
  let isDead = false;
  const server = await serveOnLoopback((request, response) => {
    const isEvent = request.url?.includes('/events') === true;
    requests.push(isEvent ? 'event' : 'log');
    request.resume();
    if (isEvent && !isDead) response.writeHead(204).end();
    return Promise.resolve();
  });
  onTestFinished(() => server.close());
  const { callback, task } = callbackOf(`${server.url}/tfs/shop`);
  await expect(callback.appendLines(task, token, ['x'])).rejects.toMatchObject({ code: 'answer-lost' });
  await expect(callback.uploadLog(task, token, ['x'])).rejects.toMatchObject({ code: 'service-unavailable' });
  await callback.complete(task, token, true);
  expect(requests).toEqual(['log', 'event']);
  const other = callbackOf(`${server.url}/tfs/other`);
  isDead = true;
  await expect(other.callback.appendLines(other.task, token, ['x'])).rejects.toMatchObject({ code: 'answer-lost' });
  await Promise.allSettled([1, 2, 3].map(() => other.callback.complete(other.task, token, true)));
  expect(requests).toEqual(['log', 'event', 'log', 'event']);
});
