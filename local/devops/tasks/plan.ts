import { randomBytes } from 'node:crypto';
import { guidOf } from '../server/guid.ts';
import { ServiceError } from '../server/service-error.ts';
import { TaskLogs } from './task-logs.ts';
import { Timeline } from './timeline.ts';
import { isSameName } from '../server/same-name.ts';

export type TaskResult = 'succeeded' | 'succeededWithIssues' | 'failed' | 'canceled' | 'skipped' | 'abandoned';

/** Which run a plan is of. */
export interface PlanOptions {
  readonly organization: string;
  readonly project: string;
  /** `build` for pipelines, `checks` for checks of environments. */
  readonly hub: string;
  readonly planId: string;
  readonly buildId?: number;
}

/** A task that waits for its `TaskCompleted`. */
interface WaitingTask {
  readonly jobId: string;
  readonly taskId: string;
  readonly complete: (result: TaskResult) => void;
}

/** A run of a pipeline as its tasks see it: their timeline, logs and live feed, and the token that may write to them. */
export class Plan {
  readonly options: PlanOptions;
  readonly projectId: string;
  /** The access token of its jobs. Every other token is refused. */
  readonly token = jobToken();
  readonly startTime: Date;
  readonly timeline: Timeline;
  readonly logs: TaskLogs;
  finishTime: Date | undefined;
  result: TaskResult | undefined;
  readonly #now: () => Date;
  readonly #waiting = new Set<WaitingTask>();

  constructor(options: PlanOptions, now: () => Date) {
    this.options = options;
    this.projectId = guidOf('project', options.organization, options.project);
    this.#now = now;
    this.startTime = now();
    this.timeline = new Timeline(options.planId, now);
    this.logs = new TaskLogs(now);
  }

  get hasEnded(): boolean {
    return this.finishTime !== undefined;
  }

  /** Has a task wait for its `TaskCompleted`. @returns what gives up the waiting */
  wait(task: WaitingTask): () => void {
    this.#waiting.add(task);
    return () => this.#waiting.delete(task);
  }

  /**
   * Ends a waiting task. Throws `OrchestrationSessionNotFoundException` where nothing waits: the plan has ended, the task
   * was completed before, or it is not a task of this plan.
   */
  complete(jobId: string, taskId: string, result: TaskResult): void {
    const task = [...this.#waiting].find(
      (waiting) => isSameName(waiting.jobId, jobId) && isSameName(waiting.taskId, taskId),
    );
    if (this.hasEnded || !task) throw noSession(this.options.planId);
    this.#waiting.delete(task);
    task.complete(result);
  }

  /** Ends the run, as its end, a cancellation or a timeout does. Waiting tasks are canceled. */
  end(result: TaskResult): void {
    if (this.hasEnded) return;
    this.finishTime = this.#now();
    this.result = result;
    for (const task of this.#waiting) task.complete('canceled');
    this.#waiting.clear();
  }
}

/** 500, as for every error that the service does not expect. */
export function noSession(planId: string): ServiceError {
  return new ServiceError(
    'OrchestrationSessionNotFoundException',
    `No orchestration session found for orchestration id ${planId}.`,
  );
}

/** Looks like the service's tokens: three parts of base64url (RFC 7519). */
function jobToken(): string {
  const claims = { aud: 'app.vstoken.visualstudio.com', scp: 'app_token', jti: randomBytes(12).toString('hex') };
  const head = [{ typ: 'JWT', alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)));
  return [...head, randomBytes(32)].map((part) => part.toString('base64url')).join('.');
}
