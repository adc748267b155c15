import { randomUUID } from 'node:crypto';
import type { Build } from '../builds/build.ts';
import type { Platform } from '../server/platform.ts';
import type { Plan, TaskResult } from '../tasks/plan.ts';
import { linesOf } from '../tasks/task-logs.ts';
import type { TimelineRecord } from '../tasks/timeline.ts';
import { sendRequest } from './agentless-task.ts';
import type { AgentlessTask, TaskIdentity } from './agentless-task.ts';

/** Where a task runs: in a build, or as a check of an environment, which has a plan of its own. */
export type TaskPlace = { readonly build: Build } | { readonly organization: string; readonly project: string };

export interface TaskOutcome {
  readonly result: TaskResult;
  /** The reason why the task failed by itself; none where `TaskCompleted` gave the result. */
  readonly problem?: string;
  readonly record: TimelineRecord;
  /** The lines that were shown live. */
  readonly feed: readonly string[];
  /** The log that the task's page shows afterwards. */
  readonly log: readonly string[];
}

export interface RunningTask extends TaskIdentity {
  readonly plan: Plan;
  /** Lines so far. */
  readonly feed: () => readonly string[];
  /** How the request was answered; rejects where the task failed at it. */
  readonly answered: Promise<string>;
  readonly finished: Promise<TaskOutcome>;
  /** As a person who cancels the run: its plan ends. */
  readonly cancel: () => void;
}

/** Runs tasks as pipelines do, without an agent. */
export interface Pipeline {
  readonly run: (place: TaskPlace, task: AgentlessTask) => RunningTask;
}

export function makePipeline(platform: Platform): Pipeline {
  return {
    run(place, task) {
      const plan = openPlan(platform, place);
      const { organization, hub, planId } = plan.options;
      const [jobId, taskId] = [randomUUID(), randomUUID()];
      const identity: TaskIdentity = {
        collectionUrl: `${platform.organizationUrl(organization)}/`,
        projectId: plan.projectId,
        hub,
        planId,
        timelineId: plan.timeline.id,
        jobId,
        taskId,
        token: plan.token,
      };
      const running = { state: 'inProgress', startTime: platform.now().toISOString() } as const;
      plan.timeline.change({ id: jobId, type: 'Job', name: 'Server', order: 1, ...running });
      plan.timeline.change({ id: taskId, parentId: jobId, type: 'Task', name: 'AzureFunction', order: 1, ...running });
      const answered = sendRequest(task, identity);
      const finished = endOf(plan, task, identity, answered).then((end) => {
        const over = { state: 'completed', result: end.result, finishTime: platform.now().toISOString() } as const;
        plan.timeline.change({ id: jobId, ...over });
        const record = plan.timeline.change({ id: taskId, ...over });
        if (!('build' in place)) plan.end(end.result);
        const log = record.log === undefined ? undefined : plan.logs.get(record.log.id);
        return { ...end, record, feed: plan.timeline.feed(jobId), log: log === undefined ? [] : linesOf(log) };
      });
      return {
        ...identity,
        plan,
        feed: () => plan.timeline.feed(jobId),
        answered,
        finished,
        cancel: () => plan.end('canceled'),
      };
    },
  };
}

function openPlan({ plans }: Platform, place: TaskPlace): Plan {
  if (!('build' in place)) return plans.open({ ...place, hub: 'checks', planId: randomUUID() });
  const { organization, project, planId, id } = place.build;
  return plans.open({ organization, project, hub: 'build', planId, buildId: id });
}

/** `TaskCompleted` may come before the function has answered: whatever is first ends the task. */
function endOf(
  plan: Plan,
  { timeoutMs = 3_600_000 }: AgentlessTask,
  identity: TaskIdentity,
  answered: Promise<string>,
): Promise<Pick<TaskOutcome, 'result' | 'problem'>> {
  return new Promise((resolve) => {
    const giveUp = plan.wait({ ...identity, complete: (result) => end({ result }) });
    const timer = setTimeout(() => {
      end({ result: 'failed', problem: `The task was not completed within ${timeoutMs} ms.` });
    }, timeoutMs);
    function end(outcome: Pick<TaskOutcome, 'result' | 'problem'>): void {
      clearTimeout(timer);
      giveUp();
      resolve(outcome);
    }
    answered.catch((error: unknown) => {
      end({ result: 'failed', problem: error instanceof Error ? error.message : String(error) });
    });
  });
}
