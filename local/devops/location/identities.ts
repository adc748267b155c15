import { list } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';
import { invalidArgument } from '../server/service-error.ts';

/** People and groups, found by name or mail address ("Identities - Read Identities" in the REST reference). */
export const identities: Resource = {
  id: '28010c54-d0c0-4c89-a5b0-1c9e188b9fb7',
  area: 'IMS',
  name: 'Identities',
  routeTemplate: '_apis/{resource}/{identityId}',
  resourceVersion: 1,
  methods: {
    GET: async ({ platform, query }) => {
      const value = query.text('filterValue')?.toLowerCase();
      const filter = query.text('searchFilter')?.toLowerCase();
      if (value === undefined || filter === undefined) {
        throw invalidArgument('Name a searchFilter and a filterValue.', 'searchFilter');
      }
      const found = platform.identities.filter(({ displayName, uniqueName, mail }) => {
        if (filter === 'mailaddress') return mail.toLowerCase() === value;
        if (filter === 'accountname') return uniqueName.toLowerCase() === value;
        if (filter === 'displayname') return displayName.toLowerCase() === value;
        return [displayName, uniqueName].some((name) => name.toLowerCase() === value);
      });
      return list(
        found.map(({ id, displayName, uniqueName, mail, isActive }) => ({
          id,
          descriptor: `Microsoft.IdentityModel.Claims.ClaimsIdentity;${uniqueName}`,
          providerDisplayName: displayName,
          isActive,
          properties: {
            Account: { $type: 'System.String', $value: uniqueName },
            Mail: { $type: 'System.String', $value: mail },
          },
        })),
      );
    },
  },
};
