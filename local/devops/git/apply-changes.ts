import { GitObjectType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { BareRepository } from '../store/bare-repository.ts';
import { TreeEditor } from '../store/tree-editor.ts';
import { fileMode } from '../store/tree.ts';
import type { TreeEntry } from '../store/tree.ts';
import { invalidArgument } from '../server/service-error.ts';
import type { ServiceError } from '../server/service-error.ts';
import { gitObjectType } from './item.ts';
import type { Change, ItemPath } from './push-request.ts';
import { encodeTextLike } from './text-encoding.ts';

interface Placed {
  readonly path: ItemPath;
  readonly entry: Omit<TreeEntry, 'name'>;
}

/**
 * Applies the changes of a push to a tree and gives the id of the new one, all objects written. Every change is judged
 * by the tree that the push starts from; removals come first. Throws a `ServiceError` (400) for a change that does not
 * fit: an add of what is there; an edit, delete or rename of what is not.
 */
export async function applyChanges(
  bare: BareRepository,
  treeId: string | undefined,
  changes: readonly Change[],
): Promise<string> {
  const editor = new TreeEditor(bare, treeId);
  const find = async ({ names }: ItemPath): Promise<TreeEntry | undefined> =>
    treeId === undefined ? undefined : bare.entryAt(treeId, names);
  const placed: Placed[] = [];
  for (const change of changes) {
    const { path, type } = change;
    const existing = await find(path);
    if (type === 'delete') {
      if (existing === undefined) throw unfit(change, 'does not exist');
      await editor.remove(path.names);
    } else if (type === 'rename') {
      const entry = await find(change.source);
      if (entry === undefined) throw unfit(change, `has a source '${change.source.text}' that does not exist`);
      if (existing !== undefined) throw unfit(change, 'exists already');
      await editor.remove(change.source.names);
      placed.push({ path, entry });
    } else {
      placed.push({ path, entry: await writeFile(bare, change, existing) });
    }
  }
  for (const { path, entry } of placed) {
    if (await editor.set(path.names, entry)) continue;
    throw invalidArgument(
      `TF401029: Something else is at '${path.text}', or in place of a folder above it.`,
      'changes',
    );
  }
  return editor.write();
}

async function writeFile(
  bare: BareRepository,
  change: Extract<Change, { type: 'add' | 'edit' }>,
  existing: TreeEntry | undefined,
): Promise<Omit<TreeEntry, 'name'>> {
  if (change.type === 'add' && existing !== undefined) throw unfit(change, 'exists already');
  if (change.type === 'edit' && (existing === undefined || gitObjectType(existing.mode) !== GitObjectType.Blob)) {
    throw unfit(change, 'is not an existing file');
  }
  const old = existing === undefined ? Buffer.alloc(0) : ((await bare.readBlob(existing.id)) ?? Buffer.alloc(0));
  const content = change.isBase64 ? Buffer.from(change.text, 'base64') : encodeTextLike(change.text, old);
  return { mode: existing?.mode ?? fileMode, id: await bare.writeObject('blob', content) };
}

function unfit({ type, path }: Change, problem: string): ServiceError {
  return invalidArgument(`TF401029: The ${type} of '${path.text}' cannot be done: it ${problem}.`, 'changes');
}
