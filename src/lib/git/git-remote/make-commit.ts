import { Failure } from '../../model/failure.ts';
import type { GitAuthor } from '../git-author.ts';
import type { Push } from '../repository.ts';
import type { ObjectStore } from './object-store.ts';
import { findTreeEntry, isSubmodule, isTree, replaceTreeEntry } from './tree-bytes.ts';

interface Folder {
  /** Contents of files, by name. */
  readonly files: Map<string, Uint8Array>;
  readonly folders: Map<string, Folder>;
}

/**
 * One commit on top of `base` with new contents in the place of old ones; modes and all else stay.
 *
 * @param seconds time of the commit, since 1970
 * @returns its id, and the ids of all objects that it brought
 * @throws {Failure} `file-not-found` where there is no such file at `base`
 */
export async function makeCommit(
  store: ObjectStore,
  { base, message, files }: Push,
  author: GitAuthor,
  seconds: number,
): Promise<{ readonly commit: string; readonly objects: readonly string[] }> {
  const objects = new Set<string>();
  const { tree } = await store.readCommit(base);
  const signature = { ...author, timestamp: seconds, timezoneOffset: 0 };
  const commit = await store.writeCommit({
    tree: await editTree(tree, folderOf(files), ''),
    parent: [base],
    author: signature,
    committer: signature,
    message,
  });
  objects.add(commit);
  return { commit, objects: [...objects] };

  async function editTree(id: string, folder: Folder, prefix: string): Promise<string> {
    let tree = await store.read(id);
    for (const [name, content] of folder.files) {
      const entry = findTreeEntry(tree, name);
      if (!entry || isTree(entry) || isSubmodule(entry)) throw missing(`${prefix}${name}`);
      tree = replaceTreeEntry(tree, entry, await write('blob', content));
    }
    for (const [name, inside] of folder.folders) {
      const entry = findTreeEntry(tree, name);
      if (!entry || !isTree(entry)) throw missing(`${prefix}${name}/`);
      tree = replaceTreeEntry(tree, entry, await editTree(entry.id, inside, `${prefix}${name}/`));
    }
    return write('tree', tree);
  }

  async function write(type: 'blob' | 'tree', content: Uint8Array): Promise<string> {
    const id = await store.write(type, content);
    objects.add(id);
    return id;
  }

  function missing(file: string): Failure {
    return new Failure('file-not-found', `${file} does not exist at ${base}; only files that exist are changed.`, {
      place: { file },
    });
  }
}

function folderOf(files: Push['files']): Folder {
  const root: Folder = { files: new Map(), folders: new Map() };
  for (const { path, content } of files) {
    const names = path.split('/');
    let folder = root;
    for (const name of names.slice(0, -1)) {
      const inside = folder.folders.get(name) ?? { files: new Map(), folders: new Map() };
      folder.folders.set(name, inside);
      folder = inside;
    }
    folder.files.set(names.at(-1) ?? '', content);
  }
  return root;
}
