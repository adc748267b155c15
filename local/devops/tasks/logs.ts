import { z } from 'zod';
import type { Call } from '../server/call.ts';
import { requireContentType } from '../server/content-type.ts';
import { readJson } from '../server/json-body.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { ServiceError } from '../server/service-error.ts';
import type { Plan } from './plan.ts';
import { linesOf } from './task-logs.ts';
import type { TaskLog } from './task-logs.ts';
import { planRoute, planUrl, refuseEnded, taskResource } from './task-resource.ts';

/** The logs of a plan: created with a path, then appended to as bytes. A record names the log that is its own. */
export const logs = taskResource({
  id: '46f5667d-263a-4684-91b1-dff7fdcf64e2',
  name: 'logs',
  routeTemplate: `${planRoute}/{resource}/{logId}`,
  resourceVersion: 1,
  methods: {
    GET: async (call, plan) =>
      call.route.logId === undefined
        ? list(plan.logs.all().map((log) => describe(call, plan, log)))
        : list(linesOf(requireLog(call, plan))),
    POST: async (call, plan) => (call.route.logId === undefined ? create(call, plan) : append(call, plan)),
  },
});

async function create(call: Call, plan: Plan): Promise<Reply> {
  const { path } = await readJson(call, z.object({ path: z.string().min(1) }));
  refuseEnded(plan);
  return json(describe(call, plan, plan.logs.create(path)));
}

async function append(call: Call, plan: Plan): Promise<Reply> {
  requireContentType(call, 'application/octet-stream');
  const content = (await call.body()).toString('utf8');
  refuseEnded(plan);
  return json(describe(call, plan, plan.logs.append(requireLog(call, plan), content)));
}

function requireLog({ route }: Call, { logs }: Plan): TaskLog {
  const found = logs.get(Number(route.logId));
  if (found) return found;
  throw new ServiceError('TaskLogNotFoundException', `No log found for identifier ${route.logId}.`);
}

function describe(call: Call, plan: Plan, { content, ...log }: TaskLog): object {
  return { ...log, lineCount: linesOf({ content }).length, location: `${planUrl(call, plan)}/logs/${log.id}` };
}
