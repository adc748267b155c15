import { json } from '../server/reply.ts';
import { planUrl, taskResource } from './task-resource.ts';

/** A plan as a whole: whether it still runs. */
export const plans = taskResource({
  id: '5cecd946-d704-471e-a45f-3b4064fcfaba',
  name: 'plans',
  routeTemplate: '{scopeIdentifier}/_apis/{area}/hubs/{hubName}/{resource}/{planId}',
  resourceVersion: 2,
  methods: {
    GET: async (call, plan) => {
      const { options, startTime, finishTime, result, timeline, projectId } = plan;
      const owner = options.buildId === undefined ? {} : { artifactUri: `vstfs:///Build/Build/${options.buildId}` };
      return json({
        planId: options.planId,
        planType: options.hub,
        scopeIdentifier: projectId,
        version: 16,
        ...owner,
        timeline: {
          id: timeline.id,
          changeId: timeline.changeId,
          location: `${planUrl(call, plan)}/timelines/${timeline.id}`,
        },
        startTime,
        ...(finishTime === undefined ? {} : { finishTime, result }),
        state: plan.hasEnded ? 'completed' : 'inProgress',
      });
    },
  },
});
