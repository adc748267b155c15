import { DevOpsHttp } from '../azure-devops/http.ts';
import { collectionEndpoint } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Gate } from './gate.ts';

/**
 * Calls a waiting task with the token of its own job, never with the app's: so no caller completes another team's task.
 * Each method throws a `Failure`; `plan-ended` if the task no longer waits.
 */
export interface PipelineCallback {
  /** Appends to the live output of the task. */
  readonly appendLines: (task: Gate['task'], token: string, lines: readonly string[]) => Promise<void>;
  /** Writes the permanent log of the task. */
  readonly uploadLog: (task: Gate['task'], token: string, lines: readonly string[]) => Promise<void>;
  readonly complete: (task: Gate['task'], token: string, succeeded: boolean) => Promise<void>;
}

export interface PipelineCallbackDeps {
  readonly hosts: HostPolicy;
  readonly userAgent: string;
  readonly now: Clock;
}

const timeoutMs = 15_000;
const json = { 'content-type': 'application/json' };

/** See "Distributed Task" in the REST reference, and the callback in the documentation of "Invoke checks". */
export function makePipelineCallback({ hosts, userAgent, now }: PipelineCallbackDeps): PipelineCallback {
  /** Uses a connection of its own, because each task has another token. */
  async function connected<T>(
    task: Gate['task'],
    token: string,
    work: (http: DevOpsHttp, plan: string) => Promise<T>,
  ): Promise<T> {
    const plan = `${collectionEndpoint(task.collection, hosts)}/${task.projectId}/_apis/distributedtask/hubs/${task.hubName}/plans/${task.planId}`;
    const http = new DevOpsHttp({
      authorization: () => Promise.resolve(`Bearer ${token}`),
      userAgent,
      readTimeoutMs: timeoutMs,
      writeTimeoutMs: timeoutMs,
      now,
    });
    return work(http, plan);
  }

  return {
    appendLines: (task, token, lines) =>
      connected(task, token, async (http, plan) => {
        const url = `${plan}/timelines/${task.timelineId}/records/${task.jobId}/feed?api-version=4.1`;
        await http.post(url, JSON.stringify({ value: lines, count: lines.length }), { ...json, accept: '*/*' });
      }),

    uploadLog: (task, token, lines) =>
      connected(task, token, async (http, plan) => {
        const path = String.raw`logs\${task.taskInstanceId}`;
        const created = await http.post(`${plan}/logs?api-version=6.0`, JSON.stringify({ path }), {
          ...json,
          accept: 'application/json',
        });
        const id = logId(JSON.parse(await created.readBody()));
        await http.post(`${plan}/logs/${id}?api-version=6.0`, lines.map((line) => `${line}\n`).join(''), {
          'content-type': 'application/octet-stream',
          accept: '*/*',
        });
        const records = { value: [{ id: task.taskInstanceId, log: { id } }], count: 1 };
        await http.patch(`${plan}/timelines/${task.timelineId}/records?api-version=6.0`, JSON.stringify(records), {
          ...json,
          accept: '*/*',
        });
      }),

    complete: (task, token, succeeded) =>
      connected(task, token, async (http, plan) => {
        const event = {
          name: 'TaskCompleted',
          taskId: task.taskInstanceId,
          jobId: task.jobId,
          result: succeeded ? 'succeeded' : 'failed',
        };
        await http.post(`${plan}/events?api-version=2.0-preview.1`, JSON.stringify(event), { ...json, accept: '*/*' });
      }),
  };
}

function logId(log: unknown): number {
  if (typeof log === 'object' && log !== null && 'id' in log && typeof log.id === 'number') return log.id;
  throw new Failure('answer-not-understood', 'Azure DevOps created a log for a gate without an id in the answer.');
}
