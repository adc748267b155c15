import { commitAuthor } from '../commit-author.ts';
import type { Commit, CommitsAbove } from '../repository.ts';
import type { CommitWalk, VisitedCommit } from './commit-walk.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * Commits that changed a file or folder, as `git log -- FILE` lists them: newest first, and past a merge only the side that the
 * file came from. Without a path all commits, as `git log` lists them.
 */
export async function* fileHistory(
  store: ObjectStore,
  walk: CommitWalk,
  path: string,
  limit: number,
): AsyncIterable<Commit> {
  const files = new Map<string, string | undefined>();
  let found = 0;
  for (let commit = walk.take(); commit && found < limit; commit = walk.take()) {
    const parents = await walk.parents(commit);
    if (parents === undefined) continue; // Its changes are unknown.
    const here = path === '' ? undefined : await fileAt(commit);
    const same = path === '' ? undefined : await firstSame(parents, here);
    for (const { id } of same ? [same] : parents) await walk.find(id);
    if (same || (path !== '' && parents.length === 0 && here === undefined)) continue;
    found += 1;
    yield describe(commit);
  }

  async function firstSame(parents: readonly VisitedCommit[], here: string | undefined) {
    for (const parent of parents) if ((await fileAt(parent)) === here) return parent;
    return undefined;
  }

  /** Mode and object of the file or folder: a file that became executable has changed. */
  async function fileAt({ tree }: VisitedCommit): Promise<string | undefined> {
    if (!files.has(tree)) {
      const entry = await store.findEntry(tree, path);
      files.set(tree, entry && `${entry.mode} ${entry.id}`);
    }
    return files.get(tree);
  }
}

/** The commits of `git log BASE..TIP`, for a walk that begins with the tip. */
export async function commitsAbove(walk: CommitWalk, base: string, limit: number): Promise<CommitsAbove> {
  const commits: Commit[] = [];
  /** The base and those of its ancestors that were found. */
  const below = new Set([base]);
  let reachedBase = false;
  let isWhole = true;
  const someAbove = (): boolean => [...walk.waiting].some(({ id }) => !below.has(id));
  while (someAbove()) {
    const commit = walk.take();
    if (!commit) break;
    const isBelow = below.has(commit.id);
    reachedBase ||= commit.id === base;
    if (!isBelow) {
      if (commits.length === limit) return { commits, complete: false };
      commits.push(describe(commit));
    }
    const parents = await walk.parents(commit);
    if (parents === undefined) isWhole = false;
    for (const { id } of parents ?? []) {
      if (isBelow) below.add(id);
      await walk.find(id);
    }
  }
  reachedBase ||= [...walk.waiting].some(({ id }) => id === base);
  return { commits, complete: isWhole && reachedBase };
}

function describe({ id, message, parents, time, author }: VisitedCommit): Commit {
  return { commit: id, message, parents, committedAt: new Date(time * 1000), ...commitAuthor(author) };
}

const fromAncestor = 1;
const fromCommit = 2;

/**
 * Whether the walk, which begins with both, comes from `commit` to `ancestor`; `undefined` where the history is not known
 * as deep as needed. It goes down from both at once, and no deeper than where what is left lies below both: an old base
 * costs no more than a new one.
 */
export async function reaches(walk: CommitWalk, ancestor: string): Promise<boolean | undefined> {
  let isWhole = true;
  const found = new Map<string, number>();
  const waiting = new Map<string, VisitedCommit>();
  const find = (commit: VisitedCommit, from: number): void => {
    const before = found.get(commit.id) ?? 0;
    if ((before | from) === before) return;
    found.set(commit.id, before | from);
    waiting.set(commit.id, commit);
  };
  for (const commit of walk.waiting) find(commit, commit.id === ancestor ? fromAncestor : fromCommit);
  const isBelowBoth = ({ id }: VisitedCommit): boolean => found.get(id) === (fromAncestor | fromCommit);
  while (![...waiting.values()].every(isBelowBoth)) {
    const commit = [...waiting.values()].reduce((newest, other) => (other.time > newest.time ? other : newest));
    waiting.delete(commit.id);
    const from = found.get(commit.id) ?? 0;
    const parents = await walk.parents(commit);
    if (parents === undefined) isWhole = false;
    for (const parent of parents ?? []) find(parent, from);
    if (((found.get(ancestor) ?? 0) & fromCommit) !== 0) return true;
  }
  return isWhole ? false : undefined;
}

/** Whether the walk comes to the end of the whole history without a commit. */
export async function lacks(walk: CommitWalk, missing: string): Promise<boolean> {
  for (let commit = walk.take(); commit; commit = walk.take()) {
    const parents = await walk.parents(commit);
    if (commit.id === missing || parents === undefined) return false;
    for (const { id } of parents) await walk.find(id);
  }
  return true;
}
