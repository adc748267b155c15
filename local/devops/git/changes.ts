import { VersionControlChangeType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitChange } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { HostedRepository } from '../server/platform.ts';
import { isObjectId, zeroId } from '../store/object-id.ts';
import { folderMode } from '../store/tree.ts';
import { gitObjectType, itemUrl } from './item.ts';

/** The tree of a commit that has no parent is compared with this one, which every repository knows. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/**
 * What differs between two commits, folders included, sorted by path. A renamed file is there twice: as `rename` with
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
  const changes: GitChange[] = [];
  while (fields.length > 1) {
    const [oldMode = '', newMode = '', oldId = '', newId = '', letter = ''] = (fields.shift() ?? '')
      .slice(1)
      .split(' ');
    const path = `/${fields.shift() ?? ''}`;
    const before = { mode: oldMode, id: oldId, path };
    if (letter.startsWith('R')) {
      const { Rename, Edit, Delete, SourceRename } = VersionControlChangeType;
      const target = { mode: newMode, id: newId, path: `/${fields.shift() ?? ''}` };
      const renamed: GitChange = {
        ...describe(repository, to, before, target),
        changeType: Rename,
        sourceServerItem: path,
      };
      if (oldId !== newId) renamed.changeType = Rename | Edit;
      changes.push(renamed);
      changes.push({
        ...describe(repository, to, before, undefined),
        changeType: Delete | SourceRename,
      });
    } else {
      const after = newId === zeroId ? undefined : { mode: newMode, id: newId, path };
      changes.push(describe(repository, to, oldId === zeroId ? undefined : before, after));
    }
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

function describe(
  repository: HostedRepository,
  commitId: string,
  before: Side | undefined,
  after: Side | undefined,
): GitChange {
  const shown = after ?? before ?? { mode: folderMode, id: '', path: '/' };
  // `diff-tree` pads the mode of a folder, which trees do not.
  const mode = shown.mode.replace(/^0/, '');
  const change = before === undefined ? VersionControlChangeType.Add : VersionControlChangeType.Edit;
  return {
    item: {
      ...(isObjectId(shown.id) ? { objectId: shown.id } : {}),
      ...(before === undefined ? {} : { originalObjectId: before.id }),
      gitObjectType: gitObjectType(mode),
      commitId,
      path: shown.path,
      ...(mode === folderMode ? { isFolder: true } : {}),
      url: itemUrl(repository, shown.path, commitId),
    },
    changeType: after === undefined ? VersionControlChangeType.Delete : change,
  };
}
