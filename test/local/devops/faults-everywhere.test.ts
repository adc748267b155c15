import { afterAll, describe, expect, test } from 'vitest';
import type { FaultAction } from '../../../local/devops/faults/fault.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { addFile, call, editFile, gitClient, problemOf, push, startEmulator, zero } from './emulator.ts';

const emulator = await startEmulator();
const { faults, builds, pipeline } = emulator;
const first = await push(emulator, zero, [addFile('/a.yaml', 'a: 1\n')]);
await push(emulator, first, [editFile('/a.yaml', 'a: 2\n')], {}, 'topic');
const refs = { sourceRefName: 'refs/heads/topic', targetRefName: 'refs/heads/main', title: 'A title' };
const { pullRequestId } = await (await gitClient(emulator.organization)).createPullRequest(refs, 'gitops', 'platform');
const source = { id: 'contoso/api', type: 'GitHub', name: 'contoso/api', url: 'https://x.example' } as const;
const of = { organization: 'contoso', project: 'platform', repository: source, sourceVersion: first };
const build = builds.start({ ...of, definition: { id: 1, name: 'ci' } });
const accepting = await serveOnLoopback((_request, response) => void response.writeHead(202).end());
afterAll(() => accepting.close());
const task = pipeline.run({ build }, { url: accepting.url });
await task.answered;

const project = `${emulator.organization}/platform/_apis`;
const plan = `${project}/distributedtask/hubs/build/plans/${task.planId}`;
const timeline = `${plan}/timelines/${task.timelineId}/records`;
await call(`${plan}/logs`, { path: 'first' }, { headers: { authorization: `Bearer ${task.token}` } });
const context = { name: 'dev/api' };
const asJob = { authorization: `Bearer ${task.token}` };

interface Target {
  readonly url: string;
  readonly resource: string;
  readonly body: unknown;
  readonly init?: RequestInit;
}
const bytes = { 'content-type': 'application/octet-stream' };
const targets: Readonly<Record<string, Target>> = {
  'a commit status': {
    url: `${emulator.repository}/commits/${first}/statuses`,
    resource: 'statuses',
    body: { context },
  },
  'a pull request status': {
    url: `${emulator.repository}/pullRequests/${pullRequestId}/statuses`,
    resource: 'statuses',
    body: { context },
  },
  'a build tag': { url: `${project}/build/builds/${build.id}/tags`, resource: 'tags', body: ['a'] },
  'lines of a job': {
    url: `${timeline}/${task.jobId}/feed`,
    resource: 'feed',
    body: { value: ['a'], count: 1 },
    init: { headers: asJob },
  },
  'a log': { url: `${plan}/logs`, resource: 'logs', body: { path: 'x' }, init: { headers: asJob } },
  'content of a log': {
    url: `${plan}/logs/1`,
    resource: 'logs',
    body: 'x\n',
    init: { headers: { ...asJob, ...bytes } },
  },
  'a record': {
    url: timeline,
    resource: 'records',
    body: { value: [{ id: task.taskId }], count: 1 },
    init: { method: 'PATCH', headers: asJob },
  },
  'an event of a task': {
    url: `${plan}/events`,
    resource: 'events',
    body: { name: 'TaskStarted', jobId: task.jobId },
    init: { headers: asJob },
  },
  'a subscription': {
    url: `${emulator.organization}/_apis/hooks/subscriptions`,
    resource: 'subscriptions',
    body: undefined,
  },
};

describe.each(Object.entries(targets))('%s', (_name, { url, resource, body, init }) => {
  const send = () => call(url, body, init);

  /** Lets a fault strike one request, and shows that the next goes through. */
  async function struck<T>(action: FaultAction, look: (answer: ReturnType<typeof send>) => Promise<T>): Promise<T> {
    const fault = faults.add({ match: { resource }, action, times: 1 });
    const seen = await look(send());
    expect(fault.hits).toBe(1);
    expect((await send()).status).toBeLessThan(300);
    fault.remove();
    return seen;
  }

  test.each([
    [{ kind: 'throttled', retryAfterSeconds: 1 }, 429],
    [{ kind: 'unavailable' }, 503],
    [{ kind: 'sign-in-page' }, 203],
    [{ kind: 'sign-in-redirect' }, 302],
    [{ kind: 'expired-token' }, 401],
    [{ kind: 'permission-denied' }, 403],
    [{ kind: 'error', typeKey: 'OrchestrationSessionNotFoundException' }, 500],
  ] as const)('%o is answered %d, once', async (action, status) => {
    expect((await struck(action, (answer) => answer)).status).toBe(status);
  });

  test.each(['before', 'after'] as const)('the connection breaks %s it is done', async (when) => {
    await struck({ kind: 'drop', when }, (answer) => expect(answer).rejects.toThrow('fetch failed'));
  });

  test('is delayed, with the header that says so', async () => {
    const action = { kind: 'delayed', retryAfterSeconds: 2 } as const;
    const answer = await struck(action, (pending) => pending);
    expect(answer.status).toBeLessThan(300);
    expect(answer.headers.get('retry-after')).toBe('2');
  });
});

test('what is lost after it was done has been done, and before it was not', async () => {
  const url = `${project}/build/builds/${build.id}/tags`;
  for (const when of ['before', 'after'] as const) {
    const fault = faults.add({ match: { resource: 'tags' }, action: { kind: 'drop', when }, times: 1 });
    await expect(call(url, [`lost-${when}`])).rejects.toThrow('fetch failed');
    fault.remove();
  }
  const { value } = (await call(url)).body;
  expect(value).toContain('lost-after');
  expect(value).not.toContain('lost-before');
});

test('outside of Git the service has other words for the same', async () => {
  const url = `${project}/build/builds/${build.id}`;
  const denied = faults.add({ action: { kind: 'permission-denied' }, times: 1 });
  expect(problemOf(await call(url))).toEqual([403, 'AccessDeniedException']);
  denied.remove();
  const unavailable = faults.add({ action: { kind: 'unavailable' }, times: 1 });
  const page = await call(url);
  expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
  unavailable.remove();
});
