import { Failure } from '../../model/failure.ts';
import type * as Git from './isomorphic-git.ts';
import { MemoryFiles } from './memory-files.ts';
import { checkPack, packLimits, PackTooLarge } from './pack-limits.ts';
import { findTreeEntry, isFile, isSubmodule, isTree, readTreeEntries } from './tree-bytes.ts';
import type { NamedTreeEntry, TreeEntry } from './tree-bytes.ts';

type IsomorphicGit = typeof Git;
type Place = Pick<Parameters<IsomorphicGit['indexPack']>[0], 'fs' | 'dir' | 'gitdir' | 'cache'> & { cache: object };

export interface StoredCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly author: string;
}

const packsDirectory = '/objects/pack';
/** Bytes 8 to 11 of a pack: how many objects it holds. */
const packCountAt = 8;
/** Of the commits whose trees are here, as many are named to the host. */
const maxHaves = 8;

/** Objects of one repository in memory: packs as they came, and what we made. */
export class ObjectStore {
  readonly #git: IsomorphicGit;
  readonly #files = new MemoryFiles();
  readonly #place: Place;
  readonly #known = new Set<string>();
  #haves: readonly string[] = [];
  #packs = 0;
  /** Fetches under way, by what they are for: what many want is fetched once. */
  readonly fetching = new Map<string, Promise<void>>();

  /** Loads `isomorphic-git`, which an app with only Azure Repos never pays for. */
  static async open(): Promise<ObjectStore> {
    return new ObjectStore(await import('./isomorphic-git.ts'));
  }

  private constructor(git: IsomorphicGit) {
    this.#git = git;
    this.#place = { fs: this.#files.client, dir: '/', gitdir: '/', cache: {} };
  }

  /** Bytes that it takes, roughly. */
  get size(): number {
    return this.#files.size;
  }

  get packs(): number {
    return this.#packs;
  }

  /** Commits that are here with their whole trees (not always with all blobs), the latest first. */
  get haves(): readonly string[] {
    return this.#haves;
  }

  /** Notes a commit whose whole tree is here and which the host has too. */
  addHave(commit: string): void {
    this.#haves = [commit, ...this.#haves.filter((id) => id !== commit)].slice(0, maxHaves);
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  /**
   * @throws {Failure} `answer-not-understood` where the pack is broken
   * @throws {PackTooLarge} before anything of the pack is here
   */
  async addPack(pack: Buffer, limits = packLimits): Promise<void> {
    if (pack.length < packCountAt + 4 || pack.readUInt32BE(packCountAt) === 0) return;
    try {
      await checkPack(pack, limits);
      this.#packs += 1;
      const filepath = `${packsDirectory.slice(1)}/pack-${this.#packs}.pack`;
      await this.#files.client.promises.writeFile(`/${filepath}`, pack);
      const { oids } = await this.#git.indexPack({ ...this.#place, filepath });
      for (const id of oids) this.#known.add(id);
    } catch (cause) {
      if (cause instanceof PackTooLarge) throw cause;
      throw new Failure('answer-not-understood', 'The Git host sent a pack that cannot be read.', { cause });
    }
  }

  async readCommit(id: string): Promise<StoredCommit> {
    const { commit } = await this.#git.readCommit({ ...this.#place, oid: id });
    return {
      tree: commit.tree,
      parents: commit.parent,
      message: commit.message,
      time: commit.committer.timestamp,
      author: commit.author.name,
    };
  }

  /** An object's bytes, without its header. */
  async read(id: string): Promise<Buffer> {
    const { object } = await this.#git.readObject({ ...this.#place, oid: id, format: 'content' });
    if (object instanceof Uint8Array) return Buffer.from(object.buffer, object.byteOffset, object.byteLength);
    throw new TypeError(`object ${id} was read as no bytes`);
  }

  /** The file or link at a path of a tree; `undefined` where there is none. */
  async findFile(tree: string, path: string): Promise<TreeEntry | undefined> {
    const entry = await this.findEntry(tree, path);
    return entry === undefined || isTree(entry) ? undefined : entry;
  }

  /** The file or folder at a path; submodules are not found. */
  async findEntry(tree: string, path: string): Promise<TreeEntry | undefined> {
    let found: TreeEntry = { mode: '40000', id: tree, idAt: 0 };
    for (const name of path.split('/').filter((part) => part !== '')) {
      const entry = isTree(found) ? findTreeEntry(await this.read(found.id), name) : undefined;
      if (entry === undefined || isSubmodule(entry)) return undefined;
      found = entry;
    }
    return found;
  }

  /** The paths of the files below a folder of a tree, without links and submodules. */
  async listFiles(tree: string, folder: string): Promise<readonly string[]> {
    const entries = readTreeEntries(await this.read(tree));
    const [name, ...rest] = folder.split('/').filter((part) => part !== '');
    const below = async (entry: NamedTreeEntry, inFolder: string): Promise<readonly string[]> =>
      isTree(entry)
        ? (await this.listFiles(entry.id, inFolder)).map((path) => `${entry.name}/${path}`)
        : isFile(entry) && inFolder === ''
          ? [entry.name]
          : [];
    const found: (readonly string[])[] = [];
    for (const entry of entries)
      if (name === undefined || entry.name === name) found.push(await below(entry, rest.join('/')));
    return found.flat();
  }

  async write(type: 'blob' | 'tree', content: Uint8Array): Promise<string> {
    const id = await this.#git.writeObject({ ...this.#place, type, object: content, format: 'content' });
    this.#known.add(id);
    return id;
  }

  async writeCommit(commit: Parameters<IsomorphicGit['writeCommit']>[0]['commit']): Promise<string> {
    const id = await this.#git.writeCommit({ ...this.#place, commit });
    this.#known.add(id);
    return id;
  }

  /** Objects that are here, as a pack. */
  async pack(ids: readonly string[]): Promise<Uint8Array> {
    const { packfile } = await this.#git.packObjects({ ...this.#place, oids: [...ids], write: false });
    if (packfile === undefined) throw new TypeError('isomorphic-git made no pack');
    return packfile;
  }
}
