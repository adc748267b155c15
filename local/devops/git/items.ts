import { posix } from 'node:path';
import { VersionControlRecursionType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitItem } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { repositoryResource } from './git-resource.ts';
import { describeContent, describeItem, findItem, readContent, withDescendants } from './item.ts';
import type { Item } from './item.ts';
import { attachment, wantsBytes } from './raw-content.ts';
import { decodeText, isBinary } from './text-encoding.ts';
import { readEnum, resolveVersion, versionFromQuery } from './version.ts';

export const recursionLevels = {
  none: VersionControlRecursionType.None,
  oneLevel: VersionControlRecursionType.OneLevel,
  oneLevelPlusNestedEmptyFolders: VersionControlRecursionType.OneLevelPlusNestedEmptyFolders,
  full: VersionControlRecursionType.Full,
};

/** Files and folders: one by `path`, as JSON or as bytes, or a folder's by `scopePath`. */
export const items = repositoryResource({
  id: 'fb93c0db-47ed-4a31-8c20-47552878fb44',
  name: 'items',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{*path}',
  resourceVersion: 1,
  methods: { GET: getItems },
});

async function getItems(call: Call, repository: HostedRepository): Promise<Reply> {
  const { query, route } = call;
  const path = query.text('path') ?? route.path;
  const recursion = readEnum(
    recursionLevels,
    query.text('recursionLevel'),
    'recursionLevel',
    VersionControlRecursionType.None,
  );
  const version = await resolveVersion(repository.bare, versionFromQuery(query, 'versionDescriptor.', ''));
  const item = await findItem(repository, version, path ?? query.text('scopePath') ?? '/');
  if (path === undefined || recursion !== VersionControlRecursionType.None) {
    const found = await withDescendants(item, recursion);
    const withMetadata = query.flag('includeContentMetadata');
    return list(await Promise.all(found.map((each) => itemBody(each, { withMetadata }))));
  }
  if (wantsBytes(call)) {
    const content = await readContent(item);
    if (content !== undefined) return attachment(content, posix.basename(item.path), query.flag('download'));
  }
  const withContent = query.flag('includeContent');
  const body = await itemBody(item, { withContent, withMetadata: withContent || query.flag('includeContentMetadata') });
  return json(query.flag('latestProcessedChange') ? { ...body, commitId: await lastChange(item) } : body);
}

interface BodyOptions {
  readonly withMetadata: boolean;
  readonly withContent?: boolean;
}

/** The item as JSON. Text is decoded and loses its byte order mark; a binary file has no content here. */
async function itemBody(item: Item, { withMetadata, withContent = false }: BodyOptions): Promise<GitItem> {
  const body = describeItem(item);
  if (!withMetadata) return body;
  const content = await readContent(item);
  const described = { ...body, contentMetadata: describeContent(item, content) };
  const hasText = withContent && content !== undefined && !isBinary(content);
  return hasText ? { ...described, content: decodeText(content) } : described;
}

async function lastChange({ repository, commitId, path }: Item): Promise<string> {
  const scope = path === '/' ? [] : [path.slice(1)];
  return (await repository.bare.gitOfObjects(['rev-list', '--max-count=1', commitId, '--', ...scope])).trim();
}
