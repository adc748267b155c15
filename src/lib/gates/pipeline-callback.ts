import { DevOpsHttp } from '../azure-devops/http.ts';
import { collectionEndpoint } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';
import { Failure } from '../model/failure.ts';
import type { Gate } from './gate.ts';

/**
 * What a task that waits is told, with its own job's token and never with ours: so nobody completes another team's task.
 * Every method throws a `Failure`; `plan-ended` where nobody waits any more.
 */
export interface TaskCallback {
  /** Lines that the task shows while it runs. */
  readonly show: (task: Gate['task'], token: string, lines: readonly string[]) => Promise<void>;
  /** The log that the task shows when it has ended. */
  readonly keepLog: (task: Gate['task'], token: string, lines: readonly string[]) => Promise<void>;
  readonly complete: (task: Gate['task'], token: string, succeeded: boolean) => Promise<void>;
}

export interface TaskCallbackDeps {
  readonly hosts: HostPolicy;
  readonly userAgent: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const timeoutMs = 15_000;
const json = { 'content-type': 'application/json' };

/** By "Distributed Task" in the REST reference and the callback of "Invoke checks" in its documentation. */
export function makeTaskCallback({ hosts, userAgent, now }: TaskCallbackDeps): TaskCallback {
  /** A connection with the token of one task, which nobody else uses again. */
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
    try {
      return await work(http, plan);
    } finally {
      http.dispose();
    }
  }

  return {
    show: (task, token, lines) =>
      connected(task, token, async (http, plan) => {
        const url = `${plan}/timelines/${task.timelineId}/records/${task.jobId}/feed?api-version=4.1`;
        await http.post(url, JSON.stringify({ value: lines, count: lines.length }), { ...json, accept: '*/*' });
      }),

    keepLog: (task, token, lines) =>
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
  throw new Failure('answer-not-understood', 'Azure DevOps made a log for a gate and did not say its id.');
}
