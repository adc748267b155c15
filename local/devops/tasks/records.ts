import { TimelineRecordState } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces.js';
import { z } from 'zod';
import { readEnum } from '../git/version.ts';
import type { Call } from '../server/call.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import { list } from '../server/reply.ts';
import { ServiceError } from '../server/service-error.ts';
import { readResult } from './events.ts';
import type { Plan } from './plan.ts';
import { planRoute, planUrl, refuseEnded, taskResource } from './task-resource.ts';
import type { RecordChange, TimelineRecord } from './timeline.ts';

const enumValue = z.union([z.string(), z.number()]);
const variable = z.object({ value: z.string().exactOptional(), isSecret: z.boolean().exactOptional() });
const changeSchema = z.object({
  id: z.string(),
  parentId: optional(z.string()),
  type: optional(z.string()),
  name: optional(z.string()),
  refName: optional(z.string()),
  order: optional(z.number()),
  startTime: optional(z.string()),
  finishTime: optional(z.string()),
  currentOperation: optional(z.string()),
  percentComplete: optional(z.number()),
  workerName: optional(z.string()),
  state: optional(enumValue),
  result: optional(enumValue),
  log: optional(z.object({ id: z.number() })),
  variables: optional(z.record(z.string(), variable)),
});
const states = {
  pending: TimelineRecordState.Pending,
  inProgress: TimelineRecordState.InProgress,
  completed: TimelineRecordState.Completed,
};
const stateNames = ['pending', 'inProgress', 'completed'] as const;

/** The jobs and tasks of a plan. A change keeps the fields that the request does not name. */
export const timelineRecords = taskResource({
  id: '8893bc5b-35b2-4be7-83cb-99e683551db4',
  name: 'records',
  routeTemplate: `${planRoute}/timelines/{timelineId}/{resource}/{recordId}`,
  resourceVersion: 2,
  methods: {
    GET: async (call, plan) => {
      requireTimeline(call, plan);
      return list(plan.timeline.all().map((record) => describe(call, plan, record)));
    },
    PATCH: async (call, plan) => {
      const { value } = await readJson(call, z.object({ value: z.array(changeSchema) }));
      refuseEnded(plan);
      requireTimeline(call, plan);
      const changes = value.map(readChange);
      return list(changes.map((change) => describe(call, plan, plan.timeline.change(change))));
    },
  },
});

function readChange({ state, result, ...fields }: z.infer<typeof changeSchema>): RecordChange {
  const given = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
  return {
    ...given,
    id: fields.id,
    ...(state === undefined ? {} : { state: stateNames[readEnum(states, state, 'state')] ?? 'pending' }),
    ...(result === undefined ? {} : { result: readResult(result, 'result') }),
  };
}

function requireTimeline({ route }: Call, { timeline }: Plan): void {
  if (route.timelineId?.toLowerCase() === timeline.id) return;
  throw new ServiceError('TimelineNotFoundException', `No timeline found for identifier ${route.timelineId}.`);
}

function describe(call: Call, plan: Plan, { log, ...record }: TimelineRecord): object {
  const url = planUrl(call, plan);
  return {
    ...record,
    ...(log === undefined ? {} : { log: { ...log, location: `${url}/logs/${log.id}` } }),
    errorCount: 0,
    warningCount: 0,
    location: `${url}/timelines/${plan.timeline.id}/records/${record.id}`,
  };
}
