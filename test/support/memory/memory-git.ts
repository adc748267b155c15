import { createHash } from 'node:crypto';

/** Contents by path. */
export type Tree = ReadonlyMap<string, Uint8Array>;

export interface MemoryCommit {
  readonly id: string;
  /** A number that grows: of two commits, the later one is greater. */
  readonly order: number;
  readonly parents: readonly string[];
  readonly tree: Tree;
  readonly message: string;
  readonly author: string;
  /** Whole seconds, as Git has them. */
  readonly committedAt: Date;
}

export interface NewCommit {
  readonly parents: readonly string[];
  readonly tree: Tree;
  readonly message: string;
  readonly author: string;
}

/** Commits and branches of a repository in memory. Ids are made from contents. */
export class MemoryGit {
  readonly branches = new Map<string, string>();
  readonly #commits = new Map<string, MemoryCommit>();
  readonly #now: () => Date;
  readonly defaultBranch = 'main';

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Every commit, the oldest first. */
  all(): readonly MemoryCommit[] {
    return [...this.#commits.values()];
  }

  has(id: string): boolean {
    return this.#commits.has(id);
  }

  commit(id: string): MemoryCommit {
    const found = this.#commits.get(id);
    if (!found) throw new Error(`the repository has no commit ${id}`);
    return found;
  }

  add({ parents, tree, message, author }: NewCommit): MemoryCommit {
    const order = this.#commits.size;
    const committedAt = new Date(Math.floor(this.#now().getTime() / 1000) * 1000);
    const hash = createHash('sha1').update(JSON.stringify([order, parents, message, author, committedAt]));
    for (const [path, content] of tree) hash.update(path).update(content);
    const made = { id: hash.digest('hex'), order, parents, tree, message, author, committedAt };
    this.#commits.set(made.id, made);
    return made;
  }

  /** A commit of a person on a branch. @param files whole contents; `undefined` removes one */
  commitOn(
    branch: string,
    files: Readonly<Record<string, string | undefined>>,
    message: string,
    author = 'Ada',
  ): MemoryCommit {
    const parent = this.branches.get(branch);
    const tree = new Map(parent === undefined ? [] : this.commit(parent).tree);
    for (const [path, content] of Object.entries(files)) {
      if (content === undefined) tree.delete(path);
      else tree.set(path, new TextEncoder().encode(content));
    }
    const made = this.add({ parents: parent === undefined ? [] : [parent], tree, message, author });
    this.branches.set(branch, made.id);
    return made;
  }

  text(id: string, path: string): string | undefined {
    const content = this.commit(id).tree.get(path);
    return content && new TextDecoder().decode(content);
  }

  /** The commit and all below it, the newest first. */
  *walk(...ids: readonly string[]): Generator<MemoryCommit> {
    const waiting = new Map(ids.map((id) => [id, this.commit(id)]));
    while (waiting.size > 0) {
      const newest = [...waiting.values()].reduce((a, b) => (b.order > a.order ? b : a));
      waiting.delete(newest.id);
      yield newest;
      for (const id of newest.parents) waiting.set(id, this.commit(id));
    }
  }

  isAncestor(ancestor: string, id: string): boolean {
    const { order } = this.commit(ancestor);
    for (const commit of this.walk(id)) {
      if (commit.id === ancestor) return true;
      if (commit.order < order) return false;
    }
    return false;
  }

  /** The first-parent history of a branch, the oldest first. */
  mainline(branch: string): readonly MemoryCommit[] {
    const found: MemoryCommit[] = [];
    for (let id = this.branches.get(branch); id !== undefined;) {
      const commit = this.commit(id);
      found.push(commit);
      [id] = commit.parents;
    }
    return found.toReversed();
  }
}

/** Whether a file, or all files below a folder, are the same. */
export function isSame(a: Tree, b: Tree, path: string): boolean {
  const isInside = (name: string): boolean => path === '' || name === path || name.startsWith(`${path}/`);
  const [ofA, ofB] = [a, b].map((tree) => [...tree.keys()].filter(isInside));
  if (ofA?.length !== ofB?.length) return false;
  return (ofA ?? []).every((name) => {
    const [left, right] = [a.get(name), b.get(name)];
    return left === right || (left && right && Buffer.compare(left, right) === 0);
  });
}
