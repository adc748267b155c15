import { guidOf } from '../server/guid.ts';
import { localIdentity } from '../server/identity.ts';
import { json } from '../server/reply.ts';
import type { Resource } from '../server/resource.ts';

/** Who the token belongs to, and which organization this is. */
export const connectionData: Resource = {
  id: '00d9565f-ed9c-4a06-9a50-00e7896ccab4',
  area: 'Location',
  name: 'connectionData',
  routeTemplate: '_apis/{resource}',
  resourceVersion: 1,
  methods: {
    GET: async ({ platform, organization }) => {
      const user = {
        id: localIdentity.id,
        descriptor: `Microsoft.IdentityModel.Claims.ClaimsIdentity;${localIdentity.uniqueName}`,
        subjectDescriptor: `aad.${Buffer.from(localIdentity.id).toString('base64url')}`,
        providerDisplayName: localIdentity.displayName,
        isActive: true,
        properties: { Account: { $type: 'System.String', $value: localIdentity.uniqueName } },
      };
      const body = {
        authenticatedUser: user,
        authorizedUser: user,
        instanceId: guidOf('organization', organization),
        deploymentId: guidOf('deployment'),
        deploymentType: 'hosted',
        locationServiceData: { serviceOwner: guidOf('deployment'), defaultAccessMappingMoniker: 'PublicAccessMapping' },
        webApplicationRelativeDirectory: platform.organizationUrl(organization),
      };
      return json(body);
    },
  },
};
