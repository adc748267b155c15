import type { GitBlobRef } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { isObjectId } from '../store/object-id.ts';
import { json } from '../server/reply.ts';
import { ServiceError } from '../server/service-error.ts';
import { repositoryResource } from './git-resource.ts';
import { attachment, wantsBytes } from './raw-content.ts';

/** A blob by its object id, as JSON or as bytes. */
export const blobs = repositoryResource({
  id: '7b28e929-2c99-405d-9c5c-6167a06e6816',
  name: 'blobs',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{sha1}',
  resourceVersion: 1,
  methods: {
    GET: async (call, { bare, apiUrl }) => {
      const id = call.route.sha1?.toLowerCase() ?? '';
      const content = isObjectId(id) ? await bare.readBlob(id) : undefined;
      if (content === undefined) {
        throw new ServiceError('GitObjectDoesNotExistException', `TF401035: The object '${id}' does not exist.`);
      }
      if (wantsBytes(call)) {
        return attachment(content, call.query.text('fileName') ?? id, call.query.flag('download'));
      }
      const body: GitBlobRef = { objectId: id, size: content.length, url: `${apiUrl}/blobs/${id}` };
      return json(body);
    },
  },
});
