import type { GitApi } from 'azure-devops-node-api/GitApi.js';
import { ItemContentType, VersionControlChangeType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { Push } from '../repository.ts';

/** The body of a push: one commit on one branch. */
export function pushBody({ branch, base, message, files }: Push): Parameters<GitApi['createPush']>[0] {
  return {
    refUpdates: [{ name: `refs/heads/${branch}`, oldObjectId: base }],
    commits: [
      {
        comment: message,
        changes: files.map(({ path, content }) => ({
          changeType: VersionControlChangeType.Edit,
          item: { path: `/${path}` },
          newContent: { content: Buffer.from(content).toString('base64'), contentType: ItemContentType.Base64Encoded },
        })),
      },
    ],
  };
}
