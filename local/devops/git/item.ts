import { extname, posix } from 'node:path';
import { GitObjectType, VersionControlRecursionType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { FileContentMetadata, GitItem } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { folderMode, fromEntryName, submoduleMode, symlinkMode } from '../store/tree.ts';
import type { TreeEntry } from '../store/tree.ts';
import type { HostedRepository } from '../server/platform.ts';
import { ServiceError } from '../server/service-error.ts';
import { parseItemPath } from './item-path.ts';
import { detectEncoding, isBinary } from './text-encoding.ts';
import type { Version } from './version.ts';

/** A file, folder, symbolic link or submodule at a version of a repository. */
export interface Item {
  readonly repository: HostedRepository;
  readonly commitId: string;
  /** `/apps/values.yaml`; the root is `/`. */
  readonly path: string;
  readonly entry: Omit<TreeEntry, 'name'>;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.md': 'text/plain',
  '.txt': 'text/plain',
  '.yaml': 'application/x-yaml',
  '.yml': 'application/x-yaml',
};

/** Throws `GitItemNotFoundException` (404) where there is nothing at the path; links and submodules are not followed. */
export async function findItem(
  repository: HostedRepository,
  { commitId, commit }: Version,
  path: string,
): Promise<Item> {
  const names = parseItemPath(path);
  const entry = await repository.bare.entryAt(commit.tree, names);
  const normal = `/${names.map(fromEntryName).join('/')}`;
  if (entry !== undefined) return { repository, commitId, path: normal, entry };
  throw new ServiceError(
    'GitItemNotFoundException',
    `TF401174: The item '${normal}' could not be found in the repository '${repository.name}' at the version specified by ` +
      `'<Commit: ${commitId} >' (resolved to commit '${commitId}')`,
  );
}

export function describeItem({ repository, commitId, path, entry }: Item): GitItem {
  return {
    objectId: entry.id,
    gitObjectType: gitObjectType(entry.mode),
    commitId,
    path,
    ...(entry.mode === folderMode ? { isFolder: true } : {}),
    ...(entry.mode === symlinkMode ? { isSymLink: true } : {}),
    url: itemUrl(repository, path, commitId),
  };
}

/** The item itself and what is below it, as deep as asked, each folder before its content. */
export async function withDescendants(item: Item, recursion: VersionControlRecursionType): Promise<Item[]> {
  if (recursion === VersionControlRecursionType.None || item.entry.mode !== folderMode) return [item];
  const { repository, commitId } = item;
  const children = (await repository.bare.readTree(item.entry.id)).map((entry): Item => ({
    repository,
    commitId,
    path: posix.join(item.path, fromEntryName(entry.name)),
    entry,
  }));
  const followed = recursion === VersionControlRecursionType.Full || isChainOfFolders(children, recursion);
  if (!followed) return [item, ...children];
  return [item, ...(await Promise.all(children.map((child) => withDescendants(child, recursion)))).flat()];
}

/** The bytes of a file, or the target of a symbolic link; `undefined` for folders and submodules. */
export async function readContent({ repository, entry }: Item): Promise<Buffer | undefined> {
  return entry.mode === folderMode || entry.mode === submoduleMode ? undefined : repository.bare.readBlob(entry.id);
}

/** @param content the item's bytes, none for a folder */
export function describeContent({ path }: Item, content: Buffer | undefined): FileContentMetadata {
  const fileName = posix.basename(path);
  if (content === undefined) return { fileName };
  const extension = extname(fileName);
  return {
    encoding: detectEncoding(content).codePage,
    contentType: contentTypes[extension] ?? 'application/octet-stream',
    fileName,
    ...(extension === '' ? {} : { extension: extension.slice(1) }),
    ...(isBinary(content) ? { isBinary: true } : {}),
  };
}

export function itemUrl({ apiUrl }: HostedRepository, path: string, commitId: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${apiUrl}/items${encoded}?versionType=Commit&version=${commitId}&versionOptions=None`;
}

export function gitObjectType(mode: string): GitObjectType {
  if (mode === folderMode) return GitObjectType.Tree;
  return mode === submoduleMode ? GitObjectType.Commit : GitObjectType.Blob;
}

function isChainOfFolders(children: readonly Item[], recursion: VersionControlRecursionType): boolean {
  const onlyFolder = children.length === 1 && children[0]?.entry.mode === folderMode;
  return recursion === VersionControlRecursionType.OneLevelPlusNestedEmptyFolders && onlyFolder;
}
