import { folderMode, formatTree } from './tree.ts';
import type { TreeEntry } from './tree.ts';

/** The parts of a repository that an editor needs. */
export interface TreeStore {
  readTree(id: string): Promise<readonly TreeEntry[]>;
  writeTree(content: Buffer): Promise<string>;
}

interface Folder {
  readonly entries: Map<string, TreeEntry>;
  readonly folders: Map<string, Folder>;
}

/** Changes a tree path by path; only folders on the way to a change are read and written. Paths are entry names. */
export class TreeEditor {
  readonly #store: TreeStore;
  readonly #rootId: string | undefined;
  #root: Folder | undefined;

  /** @param rootId tree to start from; none is the empty tree */
  constructor(store: TreeStore, rootId: string | undefined) {
    this.#store = store;
    this.#rootId = rootId;
  }

  /** Puts an entry at a path, with the folders above it. False where something above is a file, link or submodule. */
  async set(path: readonly string[], entry: Omit<TreeEntry, 'name'>): Promise<boolean> {
    const name = path.at(-1);
    if (name === undefined) return false;
    const folder = await this.#folder(path.slice(0, -1));
    if (folder === undefined || folder.folders.has(name)) return false;
    folder.entries.set(name, { ...entry, name });
    return true;
  }

  /** Takes an entry (a folder with all below it) away; folders that become empty vanish, as Git keeps none. */
  async remove(path: readonly string[]): Promise<void> {
    const name = path.at(-1);
    const folder = await this.#folder(path.slice(0, -1));
    if (name === undefined || folder === undefined) return;
    folder.entries.delete(name);
    folder.folders.delete(name);
  }

  /** Writes what was changed and gives the id of the root tree. */
  async write(): Promise<string> {
    const root = (this.#root ??= await this.#read(this.#rootId));
    return (await this.#write(root)) ?? this.#store.writeTree(Buffer.alloc(0));
  }

  async #folder(path: readonly string[]): Promise<Folder | undefined> {
    let folder = (this.#root ??= await this.#read(this.#rootId));
    for (const name of path) {
      let next = folder.folders.get(name);
      if (next === undefined) {
        const entry = folder.entries.get(name);
        if (entry !== undefined && entry.mode !== folderMode) return undefined;
        next = await this.#read(entry?.id);
        folder.folders.set(name, next);
      }
      folder = next;
    }
    return folder;
  }

  async #read(id: string | undefined): Promise<Folder> {
    const entries = id === undefined ? [] : await this.#store.readTree(id);
    return { entries: new Map(entries.map((entry) => [entry.name, entry])), folders: new Map() };
  }

  async #write(folder: Folder): Promise<string | undefined> {
    for (const [name, inner] of folder.folders) {
      const id = await this.#write(inner);
      if (id === undefined) folder.entries.delete(name);
      else folder.entries.set(name, { mode: folderMode, name, id });
    }
    return folder.entries.size === 0 ? undefined : this.#store.writeTree(formatTree(folder.entries.values()));
  }
}
