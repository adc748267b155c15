import { VersionControlRecursionType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitItem } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import { readJson } from '../server/json-body.ts';
import type { HostedRepository } from '../server/platform.ts';
import { list } from '../server/reply.ts';
import { repositoryResource } from './git-resource.ts';
import { describeContent, describeItem, findItem, readContent, withDescendants } from './item.ts';
import { recursionLevels } from './items.ts';
import { readEnum, resolveVersion } from './version.ts';
import { versionSchema } from './version-schema.ts';

const descriptorSchema = versionSchema.extend({
  path: z.string(),
  recursionLevel: z.union([z.string(), z.number()]).optional(),
});
const schema = z.object({
  itemDescriptors: z.array(descriptorSchema),
  includeContentMetadata: z.union([z.boolean(), z.string()]).optional(),
});

/** Metadata of many items in one request: one list per descriptor, and no content. One missing path fails the whole. */
export const itemsBatch = repositoryResource({
  id: '630fd2e4-fb88-4f85-ad21-13f3fd1fbca9',
  name: 'itemsBatch',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}',
  resourceVersion: 1,
  methods: {
    POST: async (call, repository) => {
      const { itemDescriptors, includeContentMetadata } = await readJson(call, schema);
      const withMetadata = String(includeContentMetadata ?? false).toLowerCase() === 'true';
      return list(
        await Promise.all(itemDescriptors.map((descriptor) => itemsOf(repository, descriptor, withMetadata))),
      );
    },
  },
});

async function itemsOf(
  repository: HostedRepository,
  descriptor: z.infer<typeof descriptorSchema>,
  withMetadata: boolean,
): Promise<GitItem[]> {
  const recursion = readEnum(
    recursionLevels,
    descriptor.recursionLevel,
    'recursionLevel',
    VersionControlRecursionType.None,
  );
  const item = await findItem(repository, await resolveVersion(repository.bare, descriptor), descriptor.path);
  const found = await withDescendants(item, recursion);
  const [first, ...rest] = found.map(describeItem);
  if (first === undefined || !withMetadata) return found.map(describeItem);
  return [{ ...first, contentMetadata: describeContent(item, await readContent(item)) }, ...rest];
}
