import type { ResourceAreaInfo } from 'azure-devops-node-api/interfaces/LocationsInterfaces.js';
import type { Platform } from '../server/platform.ts';
import { json, list } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';

/** Ids of the areas that clients ask for, as the client package has them. */
const areas: readonly (readonly [name: string, id: string])[] = [
  ['git', '4e080c62-fa21-4fbc-8fef-2a10a2b38049'],
  ['build', '965220d5-5bb9-42cf-8d67-9b146df2a5a4'],
  ['core', '79134c72-4a58-4b42-976c-04e7115f32bf'],
  ['policy', 'fb13a388-40dd-4a04-b530-013a739c72ef'],
  ['distributedtask', 'a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd'],
];

/** The URLs of the areas of the REST interface. A server on premises returns none: all are at its own URL. */
export const resourceAreas: Resource = {
  id: 'e81700f7-3be2-46de-8624-2eb35882fcaa',
  area: 'Location',
  name: 'ResourceAreas',
  routeTemplate: '_apis/{resource}/{areaId}',
  resourceVersion: 1,
  methods: {
    GET: async ({ platform, organization, route }) => {
      const isOnPremises = organization.includes('/');
      const known = isOnPremises ? [] : areasOf(platform, organization);
      if (route.areaId !== undefined) return json(known.find(({ id }) => id === route.areaId?.toLowerCase()) ?? null);
      return isOnPremises ? json({ count: 0, value: null }) : list(known);
    },
  },
};

function areasOf(platform: Platform, organization: string): ResourceAreaInfo[] {
  return areas.map(([name, id]) => ({ id, name, locationUrl: `${platform.organizationUrl(organization)}/` }));
}
