import type { Commit } from '../repository.ts';
import type { ObjectStore, StoredCommit } from './object-store.ts';

/** How deep history is fetched, step by step; beyond the last it is not looked at. */
export const historyDepths = [32, 256, 2048] as const;

interface Visit extends StoredCommit {
  readonly id: string;
}

/**
 * Commits that changed a file, as `git log -- FILE` lists them: newest first, and past a merge only the side that the
 * file came from.
 *
 * @param deepen fetches the history of the first commit to a depth
 */
export async function* fileHistory(
  store: ObjectStore,
  first: string,
  path: string,
  limit: number,
  deepen: (depth: number) => Promise<void>,
): AsyncIterable<Commit> {
  let step = 0;
  const fileIds = new Map<string, string | undefined>();
  const waiting = new Map<string, Visit>();
  const seen = new Set<string>();
  let yielded = 0;
  await enqueue(first);
  while (waiting.size > 0 && yielded < limit) {
    const commit = takeNewest(waiting);
    const parents = await readParents(commit);
    if (parents === undefined) continue; // Beyond the deepest that is looked at, nobody knows what it changed.
    const here = await fileAt(commit);
    const same = await firstSame(parents, here);
    if (same) {
      await enqueue(same.id);
      continue;
    }
    for (const parent of parents) await enqueue(parent.id);
    if (parents.length === 0 && here === undefined) continue;
    yielded += 1;
    yield { commit: commit.id, message: commit.message };
  }

  async function enqueue(id: string): Promise<void> {
    if (seen.has(id)) return;
    seen.add(id);
    waiting.set(id, { id, ...(await store.readCommit(id)) });
  }

  async function readParents(commit: Visit): Promise<Visit[] | undefined> {
    while (!commit.parents.every((parent) => store.has(parent))) {
      const depth = historyDepths[step];
      if (depth === undefined) return undefined;
      step += 1;
      await deepen(depth);
    }
    return Promise.all(commit.parents.map(async (id) => ({ id, ...(await store.readCommit(id)) })));
  }

  async function firstSame(parents: readonly Visit[], here: string | undefined): Promise<Visit | undefined> {
    for (const parent of parents) if ((await fileAt(parent)) === here) return parent;
    return undefined;
  }

  /** Mode and object of the file: a file that became executable has changed. */
  async function fileAt({ tree }: Visit): Promise<string | undefined> {
    if (!fileIds.has(tree)) {
      const entry = await store.findFile(tree, path);
      fileIds.set(tree, entry && `${entry.mode} ${entry.id}`);
    }
    return fileIds.get(tree);
  }
}

function takeNewest(waiting: Map<string, Visit>): Visit {
  const newest = [...waiting.values()].reduce((best, visit) => (visit.time > best.time ? visit : best));
  waiting.delete(newest.id);
  return newest;
}
