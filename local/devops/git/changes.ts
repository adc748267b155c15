import { VersionControlChangeType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitChange, GitItem } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { HostedRepository } from '../server/platform.ts';
import { folderMode } from '../store/tree.ts';
import { gitObjectType, itemUrl } from './item.ts';

/** The tree of a commit that has no parent is compared with this one, which every repository knows. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/**
 * The differences between two commits, folders included, sorted by path. A renamed file is there twice: as `rename` with
 * its source, and as `delete, sourceRename`.
 * @param from commit or tree, or `undefined` for nothing at all
 */
export async function listChanges(
  repository: HostedRepository,
  from: string | undefined,
  to: string,
): Promise<GitChange[]> {
  const args = ['diff-tree', '-r', '-t', '-z', '--raw', '--no-abbrev', '--find-renames', from ?? emptyTree, to];
  const fields = (await repository.bare.git(args)).split('\0');
  const { Add, Edit, Rename, Delete, SourceRename } = VersionControlChangeType;
  const changes: GitChange[] = [];
  const add = (side: Side, changeType: VersionControlChangeType, more: GitChange = {}): void => {
    changes.push({ item: describe(repository, to, side), changeType, ...more });
  };
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = '', letter = ''] = (fields[at] ?? '').slice(1).split(' ');
    const path = `/${fields[at + 1] ?? ''}`;
    const before = { mode: oldMode, id: oldId, path };
    if (letter.startsWith('R')) {
      at += 1;
      const after = { mode: newMode, id: newId, path: `/${fields[at + 1] ?? ''}` };
      if (oldId === newId) add(after, Rename, { sourceServerItem: path });
      else add(after, Rename | Edit, { sourceServerItem: path });
      add(before, Delete | SourceRename);
    } else if (letter === 'D') add(before, Delete);
    else add({ mode: newMode, id: newId, path }, letter === 'A' ? Add : Edit);
  }
  return changes.sort((a, b) => ((a.item?.path ?? '') < (b.item?.path ?? '') ? -1 : 1));
}

/** How many changes there are of each type; a folder counts, as it does in the list. */
export function countChanges(changes: readonly GitChange[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { changeType = VersionControlChangeType.None } of changes)
    counts[changeType] = (counts[changeType] ?? 0) + 1;
  return counts;
}

interface Side {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

function describe(repository: HostedRepository, commitId: string, { mode, id, path }: Side): GitItem {
  // `diff-tree` pads the mode of a folder with a zero, which trees do not.
  const isFolder = mode === `0${folderMode}`;
  return {
    objectId: id,
    gitObjectType: gitObjectType(isFolder ? folderMode : mode),
    commitId,
    path,
    ...(isFolder ? { isFolder } : {}),
    url: itemUrl(repository, path, commitId),
  };
}
