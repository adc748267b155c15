import { z } from 'zod';
import { DevOpsHttp } from '../azure-devops/http.ts';
import { collectionEndpoint } from '../net/hosts.ts';
import type { HostPolicy } from '../net/hosts.ts';
import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import { tryParseJson } from '../model/json.ts';
import { makeCircuit } from '../net/circuit.ts';
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
  readonly limitsMs?: CallbackLimits;
}

/** Time limit of each request, in milliseconds. */
export interface CallbackLimits {
  readonly lines: number;
  /** A log takes three requests. */
  readonly log: number;
  readonly complete: number;
}

/** All requests of one gate together take less than the 30 s of an invocation. */
const defaultLimitsMs: CallbackLimits = { lines: 3_000, log: 3_000, complete: 8_000 };
const json = { 'content-type': 'application/json' };

/**
 * See "Distributed Task" in the REST reference, and the callback in the documentation of "Invoke checks". A collection that
 * does not answer holds its callbacks until their first time limits. Then further ones fail at once, and one at a time is made.
 */
export function makePipelineCallback({
  hosts,
  userAgent,
  now,
  limitsMs = defaultLimitsMs,
}: PipelineCallbackDeps): PipelineCallback {
  const circuit = makeCircuit(now);

  /** Uses a connection of its own, because each task has another token. */
  async function connected(
    task: Gate['task'],
    token: string,
    timeoutMs: number,
    part: 'log' | 'end',
    work: (
      send: (method: 'post' | 'patch', path: string, body: string, headers?: object) => Promise<string>,
    ) => Promise<void>,
  ): Promise<void> {
    const plan = `${collectionEndpoint(task.collection, hosts)}/${task.projectId}/_apis/distributedtask/hubs/${task.hubName}/plans/${task.planId}`;
    const http = new DevOpsHttp({
      authorization: () => Promise.resolve(`Bearer ${token}`),
      userAgent,
      readTimeoutMs: timeoutMs,
      writeTimeoutMs: timeoutMs,
      now,
    });
    const collection = task.collection.toLowerCase();
    // Without an answer to lines and logs, the task can still be completed.
    const [service, whole] = part === 'log' ? [`the logs of ${collection}`, collection] : [collection];
    await work((method, path, body, headers = json) => {
      const request = async (): Promise<string> => {
        const answer = await http[method](`${plan}${path}`, body, { accept: '*/*', ...headers });
        return answer.readBody();
      };
      return circuit.run(service, timeoutMs, request, whole);
    });
  }

  return {
    appendLines: (task, token, lines) =>
      connected(task, token, limitsMs.lines, 'log', async (send) => {
        const path = `/timelines/${task.timelineId}/records/${task.jobId}/feed?api-version=4.1`;
        await send('post', path, JSON.stringify({ value: lines, count: lines.length }));
      }),

    uploadLog: (task, token, lines) =>
      connected(task, token, limitsMs.log, 'log', async (send) => {
        const path = String.raw`logs\${task.taskInstanceId}`;
        const id = logId(await send('post', '/logs?api-version=6.0', JSON.stringify({ path })));
        const text = lines.map((line) => `${line}\n`).join('');
        await send('post', `/logs/${id}?api-version=6.0`, text, { 'content-type': 'application/octet-stream' });
        const records = { value: [{ id: task.taskInstanceId, log: { id } }], count: 1 };
        await send('patch', `/timelines/${task.timelineId}/records?api-version=6.0`, JSON.stringify(records));
      }),

    complete: (task, token, succeeded) =>
      connected(task, token, limitsMs.complete, 'end', async (send) => {
        const event = {
          name: 'TaskCompleted',
          taskId: task.taskInstanceId,
          jobId: task.jobId,
          result: succeeded ? 'succeeded' : 'failed',
        };
        await send('post', '/events?api-version=2.0-preview.1', JSON.stringify(event));
      }),
  };
}

const logSchema = z.object({ id: z.int() });

function logId(body: string): number {
  const log = logSchema.safeParse(tryParseJson(body));
  if (log.success) return log.data.id;
  throw new Failure('answer-not-understood', 'Azure DevOps created a log for a gate without an id in the answer.');
}
