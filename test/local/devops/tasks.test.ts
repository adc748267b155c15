import { Readable } from 'node:stream';
import { getBearerHandler, getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { TaskResult, TimelineRecordState } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces.js';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunningTask } from '../../../local/devops/pipeline/pipeline.ts';
import { serveOnLoopback } from '../../support/loopback-server.ts';
import { call, problemOf, startEmulator, token } from './emulator.ts';
import type { Answer } from './emulator.ts';

const emulator = await startEmulator();
const accepting = await serveOnLoopback((_request, response) => void response.writeHead(202).end());
afterAll(() => accepting.close());
const place = { organization: 'contoso', project: 'shop' };
const zeroGuid = '00000000-0000-0000-0000-000000000000';

/** A check that waits, and what its function would send. */
async function waitingTask() {
  const task = emulator.pipeline.run(place, { url: accepting.url });
  await task.answered;
  const url = `${task.collectionUrl}${task.projectId}/_apis/distributedtask/hubs/${task.hub}/plans/${task.planId}`;
  const send = (path: string, body?: unknown, init: RequestInit = {}): Promise<Answer> =>
    call(`${url}${path}`, body, { ...init, headers: { ...bearer(task), ...(init.headers as object) } });
  const event = { name: 'TaskCompleted', taskId: task.taskId, jobId: task.jobId, result: 'succeeded' };
  const complete = (more: object = {}) => send('/events?api-version=2.0-preview.1', { ...event, ...more });
  return { task, url, send, complete };
}

function bearer({ token: own }: Pick<RunningTask, 'token'>): Record<string, string> {
  return { authorization: `Bearer ${own}`, accept: 'application/json;api-version=7.1' };
}

describe('completing', () => {
  test.each(['succeeded', 'failed', 'succeededWithIssues'] as const)('a task ends %s', async (result) => {
    const { task, complete, send } = await waitingTask();
    expect((await send('')).body).toMatchObject({ planId: task.planId, planType: 'checks', state: 'inProgress' });
    const answer = await complete({ result });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await task.finished).toMatchObject({ result, record: { state: 'completed', result } });
    expect((await send('')).body).toMatchObject({ state: 'completed', result });
  });

  test('a second time, after a cancellation, or of another task finds no session', async () => {
    const gone = [500, 'OrchestrationSessionNotFoundException'];
    const first = await waitingTask();
    expect(problemOf(await first.complete({ taskId: zeroGuid }))).toEqual(gone);
    expect((await first.complete()).status).toBe(204);
    expect(problemOf(await first.complete())).toEqual(gone);
    const second = await waitingTask();
    second.task.cancel();
    expect(problemOf(await second.complete())).toEqual(gone);
    expect(await second.task.finished).toMatchObject({ result: 'canceled' });
    const wrongHub = second.url.replace('/hubs/checks/', '/hubs/build/');
    const event = { name: 'TaskCompleted', jobId: second.task.jobId, taskId: second.task.taskId, result: 'failed' };
    const answer = await call(`${wrongHub}/events`, event, { headers: bearer(second.task) });
    expect(problemOf(answer)).toEqual(gone);
    const unknown = second.url.replace(second.task.planId, zeroGuid);
    expect(problemOf(await call(`${unknown}/events`, event, { headers: bearer(second.task) }))).toEqual(gone);
  });

  test('needs a result, a known event and a version', async () => {
    const { complete, send, task } = await waitingTask();
    const argument = [400, 'InvalidArgumentValueException'];
    expect(problemOf(await complete({ result: undefined }))).toEqual(argument);
    expect(problemOf(await complete({ result: 'green' }))).toEqual(argument);
    expect(problemOf(await complete({ name: 'TaskWhatever' }))).toEqual(argument);
    const noVersion = { headers: { accept: 'application/json' } };
    expect(problemOf(await send('/events', {}, noVersion))).toEqual([400, 'VssVersionNotSpecifiedException']);
    expect((await complete({ name: 'TaskStarted', result: undefined })).status).toBe(204);
    expect(task.plan.hasEnded).toBe(false);
  });
});

describe('who may ask', () => {
  test('the job’s own token, as Bearer and as Basic', async () => {
    const { task, url } = await waitingTask();
    const basic = `Basic ${Buffer.from(`:${task.token}`).toString('base64')}`;
    for (const authorization of [`Bearer ${task.token}`, basic]) {
      expect((await call(url, undefined, { headers: { authorization } })).status).toBe(200);
    }
  });

  test('neither the token of the app nor that of another job', async () => {
    const { url } = await waitingTask();
    const other = await waitingTask();
    for (const stranger of [token, other.task.token, 'wrong']) {
      const authorization = `Bearer ${stranger}`;
      const page = await call(`${url}/events`, {}, { headers: { authorization } });
      expect([page.status, page.headers.get('content-type')]).toEqual([203, 'text/html; charset=utf-8']);
      const suppressed = { authorization, 'x-tfs-fedauthredirect': 'Suppress' };
      const refused = await call(`${url}/events`, {}, { headers: suppressed });
      expect(problemOf(refused)).toEqual([401, 'UnauthorizedRequestException']);
    }
  });

  test('a job’s token opens nothing else', async () => {
    const { task } = await waitingTask();
    const headers = { ...bearer(task), 'x-tfs-fedauthredirect': 'Suppress' };
    expect((await call(emulator.repository, undefined, { headers })).status).toBe(401);
  });

  test('a plan that does not exist is told so', async () => {
    const { task, url } = await waitingTask();
    const answer = await call(url.replace(task.planId, zeroGuid), undefined, { headers: bearer(task) });
    expect(problemOf(answer)).toEqual([404, 'TaskOrchestrationPlanNotFoundException']);
    const elsewhere = url.replace(task.projectId, 'platform');
    expect((await call(elsewhere, undefined, { headers: bearer(task) })).status).toBe(404);
  });
});

describe('what a task shows', () => {
  test('lines while it runs, and a log that is kept', async () => {
    const { task, send, complete } = await waitingTask();
    const lines = { value: ['Argo CD: Synced', 'Argo CD: Healthy'], count: 2 };
    const feed = `/timelines/${task.timelineId}/records/${task.jobId}/feed?api-version=4.1`;
    expect((await send(feed, lines)).status).toBe(204);
    expect(task.feed()).toEqual(lines.value);

    const created = await send('/logs?api-version=7.1', { path: String.raw`logs\x` });
    expect(created.body).toMatchObject({ id: 1, path: String.raw`logs\x`, lineCount: 0 });
    const bytes = { headers: { 'content-type': 'application/octet-stream' } };
    await send('/logs/1?api-version=7.1', 'one\n', bytes);
    const appended = await send('/logs/1?api-version=7.1', 'zwei ✓\n', bytes);
    expect(appended.body).toMatchObject({ id: 1, lineCount: 2 });
    expect((await send('/logs/1')).body).toEqual({ count: 2, value: ['one', 'zwei ✓'] });

    const record = { id: task.taskId, log: { id: 1 }, variables: { healthy: { value: 'true' } }, state: null };
    const records = `/timelines/${task.timelineId}/records?api-version=7.1`;
    const changed = await send(records, { value: [record], count: 1 }, { method: 'PATCH' });
    expect(changed.body).toMatchObject({
      count: 1,
      value: [{ id: task.taskId, name: 'AzureFunction', state: 'inProgress', log: { id: 1 }, parentId: task.jobId }],
    });
    await complete();
    expect(await task.finished).toMatchObject({
      feed: lines.value,
      log: ['one', 'zwei ✓'],
      record: { log: { id: 1 }, variables: { healthy: { value: 'true' } } },
    });
    expect((await send(records)).body.value).toMatchObject([{ type: 'Job' }, { type: 'Task' }]);
  });

  test('nothing more once the plan has ended', async () => {
    const { task, send } = await waitingTask();
    task.cancel();
    const ended = [500, 'TaskOrchestrationPlanTerminatedException'];
    const timeline = `/timelines/${task.timelineId}/records`;
    expect(problemOf(await send(`${timeline}/${task.jobId}/feed`, { value: ['x'] }))).toEqual(ended);
    expect(problemOf(await send('/logs', { path: 'x' }))).toEqual(ended);
    expect(problemOf(await send(timeline, { value: [{ id: task.taskId }] }, { method: 'PATCH' }))).toEqual(ended);
  });

  test('what does not exist is refused', async () => {
    const { task, send } = await waitingTask();
    const feed = `/timelines/${task.timelineId}/records/${zeroGuid}/feed`;
    expect(problemOf(await send(feed, { value: ['x'] }))).toEqual([404, 'TimelineRecordNotFoundException']);
    expect(problemOf(await send(`/timelines/${zeroGuid}/records`))).toEqual([404, 'TimelineNotFoundException']);
    const bytes = { headers: { 'content-type': 'application/octet-stream' } };
    expect(problemOf(await send('/logs/7', 'x', bytes))).toEqual([404, 'TaskLogNotFoundException']);
    await send('/logs', { path: 'x' });
    expect((await send('/logs/1', 'x')).status).toBe(415);
    expect(problemOf(await send('/logs', {}))).toEqual([400, 'InvalidArgumentValueException']);
  });

  test('the client package does the same, with the job’s token', async () => {
    const { task } = await waitingTask();
    const { projectId: scope, hub, planId, timelineId, jobId, taskId } = task;
    const api = await new WebApi(emulator.organization, getBearerHandler(task.token)).getTaskApi();
    expect(await api.getPlan(scope, hub, planId)).toMatchObject({ planId, startTime: expect.any(Date) });
    await api.appendTimelineRecordFeed({ value: ['a'], count: 1 }, scope, hub, planId, timelineId, jobId);
    expect(task.feed()).toEqual(['a']);
    const { id = 0 } = await api.createLog({ path: 'x' }, scope, hub, planId);
    await api.appendLogContent({}, Readable.from(['line\n']), scope, hub, planId, id);
    expect(await api.getLog(scope, hub, planId, id)).toEqual(['line']);
    expect(await api.getLogs(scope, hub, planId)).toMatchObject([{ id, lineCount: 1 }]);
    const change = {
      id: taskId,
      log: { id } as never,
      result: TaskResult.Failed,
      state: TimelineRecordState.Completed,
    };
    const wrapped = { value: [change], count: 1 } as never;
    expect(await api.updateRecords(wrapped, scope, hub, planId, timelineId)).toMatchObject([
      { id: taskId, result: TaskResult.Failed, state: TimelineRecordState.Completed },
    ]);
    expect(await api.getRecords(scope, hub, planId, timelineId)).toHaveLength(2);
    const stranger = new WebApi(emulator.organization, getPersonalAccessTokenHandler(token));
    await expect((await stranger.getTaskApi()).getPlan(scope, hub, planId)).rejects.toMatchObject({ statusCode: 401 });
  });
});

test('the end of a build ends its plan', async () => {
  const repository = { id: 'contoso/api', type: 'GitHub', name: 'contoso/api', url: 'https://x.example' } as const;
  const definition = { id: 1, name: 'ci' };
  const build = emulator.builds.start({ ...place, definition, repository, sourceVersion: '1'.repeat(40) });
  const task = emulator.pipeline.run({ build }, { url: accepting.url });
  await task.answered;
  expect(task).toMatchObject({ hub: 'build', planId: build.planId });
  emulator.builds.finish(build.id, 'canceled');
  expect(await task.finished).toMatchObject({ result: 'canceled' });
});
