import type { Call } from '../server/call.ts';
import type { Reply } from '../server/reply.ts';
import type { Method, Resource } from '../server/resource.ts';
import { ServiceError } from '../server/service-error.ts';
import type { Plan } from './plan.ts';
import { isSameName } from '../server/same-name.ts';

export const distributedTask = 'distributedtask';
export const planRoute = '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}';

/** The parts of a request about a plan that its answer needs. */
export type PlanHandler = (call: Call, plan: Plan) => Promise<Reply>;

interface TaskResource extends Omit<Resource, 'area' | 'methods'> {
  readonly methods: Partial<Record<Method, PlanHandler>>;
}

/** A resource of one plan: the handlers get the plan that the route names. Throws 404 where there is none. */
export function taskResource({ methods, ...resource }: TaskResource): Resource {
  const bound = Object.entries(methods).map(([method, handler]) => [
    method,
    async (call: Call) => {
      const plan = findPlan(call);
      if (plan) return handler(call, plan);
      throw new ServiceError(
        'TaskOrchestrationPlanNotFoundException',
        `No plan found for identifier ${call.route.planId}.`,
      );
    },
  ]);
  return { ...resource, area: distributedTask, methods: Object.fromEntries(bound) };
}

/** The plan that a route names, if it is of that hub and project. */
export function findPlan({ platform, organization, project, route }: Call): Plan | undefined {
  const plan = platform.plans.get(route.planId ?? '');
  const isMeant =
    plan !== undefined &&
    isSameName(plan.options.organization, organization) &&
    isSameName(plan.options.hub, route.hubName ?? '') &&
    [plan.projectId, plan.options.project].some((name) => isSameName(name, project ?? ''));
  return isMeant ? plan : undefined;
}

/** Throws `TaskOrchestrationPlanTerminatedException` (500): what has ended is not written to any more. */
export function refuseEnded({ hasEnded, options }: Plan): void {
  if (!hasEnded) return;
  throw new ServiceError(
    'TaskOrchestrationPlanTerminatedException',
    `The plan ${options.planId} has ended and cannot be changed any more.`,
  );
}

/** URL of a plan's resources, in the form of answers. */
export function planUrl({ platform, organization }: Call, { options, projectId }: Plan): string {
  const base = platform.organizationUrl(organization);
  return `${base}/${projectId}/_apis/distributedtask/hubs/${options.hub}/plans/${options.planId}`;
}
