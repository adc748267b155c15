import type { BareRepository } from '../store/bare-repository.ts';
import { TreeEditor } from '../store/tree-editor.ts';
import { fileMode } from '../store/tree.ts';
import type { TreeEntry } from '../store/tree.ts';
import { invalidArgument } from '../server/service-error.ts';
import type { ServiceError } from '../server/service-error.ts';
import { gitObjectType } from './item.ts';
import { GitObjectType } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { parseItemPath } from './item-path.ts';
import type { Change } from './push-request.ts';
import { encodeTextLike } from './text-encoding.ts';

interface Placed {
  readonly path: readonly string[];
  readonly entry: Omit<TreeEntry, 'name'>;
}

/**
 * Applies the changes of a push to a tree and gives the id of the new one, all objects written. Every change is judged
 * by the tree that the push starts from; removals come first. Throws a `ServiceError` (400) for a change that does not
 * fit: an add of what is there, an edit, delete or rename of what is not, a path named twice.
 */
export async function applyChanges(
  bare: BareRepository,
  treeId: string | undefined,
  changes: readonly Change[],
): Promise<string> {
  refuseRepeats(changes);
  const editor = new TreeEditor(bare, treeId);
  const find = async (path: readonly string[]): Promise<TreeEntry | undefined> =>
    treeId === undefined ? undefined : bare.entryAt(treeId, path);
  const placed: Placed[] = [];
  for (const change of changes) {
    const path = parseItemPath(change.path);
    const existing = path.length === 0 ? undefined : await find(path);
    if (change.type === 'delete') {
      if (existing === undefined) throw unfit(change, 'does not exist');
      await editor.remove(path);
    } else if (change.type === 'rename') {
      const source = parseItemPath(change.source, 'sourceServerItem');
      const entry = await find(source);
      if (entry === undefined || source.length === 0)
        throw unfit(change, `has a source '${change.source}' that does not exist`);
      if (existing !== undefined) throw unfit(change, 'exists already');
      await editor.remove(source);
      placed.push({ path, entry });
    } else {
      placed.push({ path, entry: await writeFile(bare, change, existing) });
    }
  }
  for (const { path, entry } of placed) {
    if (await editor.set(path, entry)) continue;
    throw invalidArgument(
      `TF401030: '${path.join('/')}' cannot be a file: something else is there, or in place of a folder above.`,
      'path',
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

function refuseRepeats(changes: readonly Change[]): void {
  const seen = new Set<string>();
  for (const change of changes) {
    for (const path of change.type === 'rename' ? [change.path, change.source] : [change.path]) {
      const name = parseItemPath(path).join('/');
      if (seen.has(name)) throw unfit(change, 'is named twice in one push');
      seen.add(name);
    }
  }
}

function unfit({ type, path }: Change, problem: string): ServiceError {
  return invalidArgument(`TF401029: The ${type} of '${path}' cannot be done: it ${problem}.`, 'changes');
}
