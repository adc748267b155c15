import { TaskResult } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces.js';
import { z } from 'zod';
import { readEnum } from '../git/version.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import type { Resource } from '../server/resource.ts';
import { invalidArgument } from '../server/service-error.ts';
import { noSession } from './plan.ts';
import type { TaskResult as ResultName } from './plan.ts';
import { distributedTask, findPlan, planRoute } from './task-resource.ts';

const eventSchema = z.object({
  name: z.string(),
  jobId: z.string(),
  taskId: optional(z.string()),
  result: optional(z.union([z.string(), z.number()])),
});
export const resultNames: readonly ResultName[] = [
  'succeeded',
  'succeededWithIssues',
  'failed',
  'canceled',
  'skipped',
  'abandoned',
];
const results = {
  succeeded: TaskResult.Succeeded,
  succeededWithIssues: TaskResult.SucceededWithIssues,
  failed: TaskResult.Failed,
  canceled: TaskResult.Canceled,
  skipped: TaskResult.Skipped,
  abandoned: TaskResult.Abandoned,
};
const eventNames = ['TaskAssigned', 'TaskStarted', 'TaskCompleted'];

/** Name of a result that is given by name or number. */
export function readResult(given: string | number, parameter: string): ResultName {
  return resultNames[readEnum(results, given, parameter)] ?? 'failed';
}

/** The events of a task. `TaskCompleted` ends it; the plan goes on, or ends. */
export const planEvents: Resource = {
  id: '557624af-b29e-4c20-8ab0-0399d2204f3f',
  area: distributedTask,
  name: 'events',
  routeTemplate: `${planRoute}/{resource}`,
  resourceVersion: 1,
  methods: {
    POST: async (call) => {
      const { name, jobId, taskId, result } = await readJson(call, eventSchema);
      const event = eventNames.find((known) => known.toLowerCase() === name.toLowerCase());
      if (event === undefined) throw invalidArgument(`The event is not one of ${eventNames.join(', ')}.`, 'name');
      const plan = findPlan(call);
      if (!plan || plan.hasEnded) throw noSession(call.route.planId ?? '');
      if (event !== 'TaskCompleted') return { status: 204 };
      if (taskId === undefined) throw invalidArgument('The event names no task.', 'taskId');
      if (result === undefined) throw invalidArgument('The event names no result.', 'result');
      plan.complete(jobId, taskId, readResult(result, 'result'));
      return { status: 204 };
    },
  },
};
