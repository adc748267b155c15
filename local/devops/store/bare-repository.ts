import { mkdir, readdir, realpath } from 'node:fs/promises';
import { parseCommit } from './commit.ts';
import type { CommitContent } from './commit.ts';
import { git } from './git-program.ts';
import { ObjectReader } from './object-reader.ts';
import type { GitObject, ObjectType } from './object-reader.ts';
import { writeObject } from './object-writer.ts';
import { updateRef } from './ref-update.ts';
import type { RefUpdate, RefUpdateOutcome } from './ref-update.ts';
import { listRefs, readDefaultBranch, readRef } from './refs.ts';
import type { Ref } from './refs.ts';
import { folderMode, parseTree } from './tree.ts';
import type { TreeEntry } from './tree.ts';

/** Trees, commits and outputs that are kept. An id names its content for ever, so nothing in here can go stale. */
const cacheSize = 5_000;

/** A bare Git repository on disk. Every read sees what other Git programs have written. */
export class BareRepository {
  readonly directory: string;
  readonly #reader: ObjectReader;
  readonly #trees = new Map<string, readonly TreeEntry[]>();
  readonly #commits = new Map<string, CommitContent>();
  readonly #outputs = new Map<string, Promise<string>>();
  /** Ends when the update of a ref that was asked for last has ended. */
  #lastUpdate: Promise<unknown> = Promise.resolve();

  private constructor(directory: string) {
    this.directory = directory;
    this.#reader = new ObjectReader(directory);
  }

  /** Opens the bare repository at `path`, and creates it where there is nothing, or an empty directory. */
  static async open(path: string, defaultBranch: string): Promise<BareRepository> {
    await mkdir(path, { recursive: true });
    // Git programs run elsewhere and name their locks by the whole path.
    const directory = await realpath(path);
    if ((await readdir(directory)).length === 0) {
      await git(directory, ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`]);
    }
    const content = await readdir(directory);
    if (!['HEAD', 'objects', 'refs'].every((name) => content.includes(name))) {
      throw new Error(`${directory} is not a bare Git repository; give one, or a directory that is empty or absent`);
    }
    return new BareRepository(directory);
  }

  close(): void {
    this.#reader.close();
  }

  readObject(id: string): Promise<GitObject | undefined> {
    return this.#reader.read(id);
  }

  writeObject(type: ObjectType, content: Buffer): Promise<string> {
    return writeObject(this.directory, type, content);
  }

  writeTree(content: Buffer): Promise<string> {
    return this.writeObject('tree', content);
  }

  /** `undefined` where the id is unknown or another kind of object. */
  async readBlob(id: string): Promise<Buffer | undefined> {
    const object = await this.readObject(id);
    return object?.type === 'blob' ? object.content : undefined;
  }

  /** `undefined` where the id is unknown or another kind of object. */
  async readCommit(id: string): Promise<CommitContent | undefined> {
    const known = this.#commits.get(id);
    if (known !== undefined) return known;
    const object = await this.readObject(id);
    return object?.type === 'commit' ? remember(this.#commits, id, parseCommit(object.content)) : undefined;
  }

  async readTree(id: string): Promise<readonly TreeEntry[]> {
    const known = this.#trees.get(id);
    if (known !== undefined) return known;
    const object = await this.readObject(id);
    if (object?.type !== 'tree') throw new Error(`The repository ${this.directory} lacks the tree ${id}`);
    return remember(this.#trees, id, parseTree(object.content));
  }

  /** The entry at a path of entry names below a tree; neither links nor submodules are followed. */
  async entryAt(treeId: string, path: readonly string[]): Promise<TreeEntry | undefined> {
    let entry: TreeEntry | undefined = { mode: folderMode, name: '', id: treeId };
    for (const name of path) {
      if (entry.mode !== folderMode) return undefined;
      entry = (await this.readTree(entry.id)).find((candidate) => candidate.name === name);
      if (entry === undefined) return undefined;
    }
    return entry;
  }

  /** The object that a ref names, by its full name. */
  readRef(name: string): Promise<string | undefined> {
    return readRef(this.directory, name);
  }

  /** The refs whose full names begin with `prefix`. */
  listRefs(prefix = 'refs/'): Promise<Ref[]> {
    return listRefs(this.directory, prefix);
  }

  /** Full name of the default branch, which need not exist yet. */
  readDefaultBranch(): Promise<string | undefined> {
    return readDefaultBranch(this.directory);
  }

  /** The commit behind an object: itself, or what an annotated tag ends in. */
  async peelToCommit(id: string): Promise<string | undefined> {
    const object = await this.readObject(id);
    if (object?.type === 'commit') return id;
    const target =
      object?.type === 'tag' ? /^object ([0-9a-f]{40})$/m.exec(object.content.toString('utf8'))?.[1] : undefined;
    return target === undefined ? undefined : this.peelToCommit(target);
  }

  /** Compare-and-swap on a ref; updates from this process wait for each other, those of other programs for Git's lock. */
  updateRef(update: RefUpdate): Promise<RefUpdateOutcome> {
    const outcome = this.#lastUpdate.then(() => updateRef(this.directory, update));
    this.#lastUpdate = outcome.catch(() => undefined);
    return outcome;
  }

  /** Runs a Git program that only reads. */
  git(args: readonly string[], expected?: readonly number[]): Promise<string> {
    return git(this.directory, args, expected);
  }

  /**
   * Runs a Git program whose output depends on the named objects only, so it is kept.
   *
   * @param args no names of refs
   */
  async gitOfObjects(args: readonly string[], expected?: readonly number[]): Promise<string> {
    const key = args.join(' ');
    const known = this.#outputs.get(key);
    if (known) return known;
    const output = remember(this.#outputs, key, this.git(args, expected));
    try {
      return await output;
    } catch (error) {
      this.#outputs.delete(key);
      throw error;
    }
  }
}

function remember<T>(cache: Map<string, T>, id: string, value: T): T {
  const [oldest] = cache.keys();
  if (cache.size >= cacheSize && oldest !== undefined) cache.delete(oldest);
  cache.set(id, value);
  return value;
}
