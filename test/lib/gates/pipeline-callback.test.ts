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

function callbackOf(collection: string, localEndpoints?: Readonly<Record<string, string>>) {
  const callback = makePipelineCallback({
    hosts: { azureDevOpsCollections: localEndpoints ? [] : [collection], ...(localEndpoints && { localEndpoints }) },
    userAgent: 'test',
    now: () => new Date(),
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
