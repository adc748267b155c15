import { z } from 'zod';
import { readJson } from '../server/json-body.ts';
import { ServiceError } from '../server/service-error.ts';
import { planRoute, refuseEnded, taskResource } from './task-resource.ts';

/** Lines that are shown while a job runs. They are not kept with it: that is what logs are for. */
export const feed = taskResource({
  id: '858983e4-19bd-4c5e-864c-507b59b58b12',
  name: 'feed',
  routeTemplate: `${planRoute}/timelines/{timelineId}/records/{recordId}/{resource}`,
  resourceVersion: 1,
  methods: {
    POST: async (call, plan) => {
      const { value } = await readJson(call, z.object({ value: z.array(z.string()) }));
      refuseEnded(plan);
      const { timelineId = '', recordId = '' } = call.route;
      if (timelineId.toLowerCase() !== plan.timeline.id || !plan.timeline.get(recordId)) {
        throw new ServiceError('TimelineRecordNotFoundException', `No timeline record found for ${recordId}.`);
      }
      plan.timeline.appendFeed(recordId, value);
      return { status: 204 };
    },
  },
});
