import type { Clock } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import { maxFileBytes } from '../../edit/yaml/decode.ts';
import { fileTooLarge, withinLimit } from '../file-too-large.ts';
import type { GitAuthor } from '../git-author.ts';
import type { GitOpsRepository, Push } from '../repository.ts';
import { CommitWalk } from './commit-walk.ts';
import type { GitConnection } from './connection.ts';
import { canFilter, fetchPack } from './fetch-pack.ts';
import type { PackRequest } from './fetch-pack.ts';
import { commitsAbove, fileHistory, lacks, reaches } from './history.ts';
import { tooLarge } from './http.ts';
import { makeCommit } from './make-commit.ts';
import type { ObjectCache } from './object-cache.ts';
import type { ObjectStore } from './object-store.ts';
import { packLimits, PackTooLarge } from './pack-limits.ts';
import { listRefs } from './refs.ts';
import { makeSourceBranches } from './source-branches.ts';
import type { SourceBranches } from './source-branches.ts';
import { updateRef } from './update-ref.ts';

export interface GitRemoteDeps {
  readonly connection: GitConnection;
  /** Shared by all repositories; this one is known there by `key`. */
  readonly cache: ObjectCache;
  readonly key: string;
  readonly author: GitAuthor;
  readonly now: Clock;
}

const branchPrefix = 'refs/heads/';
/** Of the files that others changed, those up to this size come along with their commit. */
const smallBlobs = 'blob:limit=256k';
/** A pack is at most this much larger than its files, in bytes. */
const packOverhead = 64 * 1024;

/**
 * GitOps repositories on any Git host, over smart HTTP: no clone, no working tree. Trees come one commit deep, and files
 * one by one where the host can leave them out; what is here already is not fetched.
 */
export function makeGitRemote({
  connection,
  cache,
  key,
  author,
  now,
}: GitRemoteDeps): GitOpsRepository & SourceBranches {
  const place = { repository: connection.url };
  /** The host announces filters, but does not return single blobs. */
  let mayFilter = true;

  return {
    async tip(named) {
      const name = named === undefined ? 'HEAD' : branchPrefix + named;
      const { objects, head } = await listRefs(connection, name);
      const ref = named === undefined ? head : name;
      const commit = objects.get(ref ?? '') ?? (named === undefined ? objects.get('HEAD') : undefined);
      if (ref?.startsWith(branchPrefix) && commit !== undefined)
        return { branch: ref.slice(branchPrefix.length), commit };
      throw new Failure('branch-not-found', noBranch(named, commit), { place });
    },

    read,

    list: (commit, folder) =>
      withStore(async (store) => {
        await loadCommit(store, commit);
        return store.listFiles((await store.readCommit(commit)).tree, folder);
      }),

    push: (push) => pushFrom(push.base, push),

    ...makeSourceBranches(connection, pushFrom),

    async *history(commit, path, limit, mayMatter = () => true) {
      const store = await cache.use(key);
      try {
        for await (const found of fileHistory(store, await walkFrom(store, commit), path, limit))
          if (mayMatter(found.message.split('\n', 1)[0] ?? '', found.commit)) yield found;
      } catch (error) {
        throw forgetIfBroken(error);
      }
    },

    above: (base, tip, limit) =>
      base === tip
        ? Promise.resolve({ commits: [], complete: true })
        : withStore(async (store) => commitsAbove(await walkFrom(store, tip), base, limit)),

    isAncestor: (ancestor, commit) =>
      ancestor === commit
        ? Promise.resolve(true)
        : withStore(async (store) => (await reaches(await walkFrom(store, commit, ancestor), ancestor)) === true),

    isOutside: (commit, tip) =>
      commit === tip ? Promise.resolve(false) : withStore((store) => isOutside(store, commit, tip)),
  };

  /** One commit on top of `push.base`, for a branch that is at `from`. */
  function pushFrom(from: string, push: Push): Promise<{ readonly commit: string }> {
    return withStore(async (store) => {
      await loadCommit(store, push.base);
      const { commit, objects } = await makeCommit(store, push, author, Math.floor(now().getTime() / 1000));
      const pack = await store.pack(objects);
      await updateRef(connection, { branch: push.branch, from, to: commit, pack });
      store.addHave(commit);
      await cache.trim(key);
      return { commit };
    });
  }

  async function isOutside(store: ObjectStore, commit: string, tip: string): Promise<boolean> {
    try {
      return (await reaches(await walkFrom(store, tip, commit), commit)) === false;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'branch-moved') throw error;
    }
    // The host no longer gives the commit. Then the whole history of the tip is the proof.
    return lacks(await walkFrom(store, tip), commit);
  }

  async function walkFrom(store: ObjectStore, ...wants: readonly string[]): Promise<CommitWalk> {
    for (const commit of wants) await loadCommit(store, commit);
    const walk = new CommitWalk(store, (depth) =>
      fetchOnce(store, `${wants.join(' ')} ${depth}`, { wants, depth, haves: store.haves }, 'blob:none'),
    );
    for (const commit of wants) await walk.find(commit);
    return walk;
  }

  async function withStore<T>(use: (store: ObjectStore) => Promise<T>): Promise<T> {
    const store = await cache.use(key);
    try {
      return await use(store);
    } catch (error) {
      throw forgetIfBroken(error);
    }
  }

  /** If a known object cannot be read, the whole cache is dropped: the next attempt fetches it again. */
  function forgetIfBroken(error: unknown): unknown {
    if (!(error instanceof Failure)) cache.forget(key);
    return error;
  }

  async function read(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const files = await withStore(async (store) => {
      await loadCommit(store, commit);
      const { tree } = await store.readCommit(commit);
      const ids = new Map<string, string>();
      for (const path of paths) {
        const entry = await store.findFile(tree, path);
        if (entry) ids.set(path, entry.id);
      }
      if (!(await loadBlobs(store, ids))) return undefined;
      const files = new Map<string, Uint8Array>();
      // A host without filters sends large files too.
      for (const [path, id] of ids) files.set(path, withinLimit(path, await store.read(id), connection.url));
      return files;
    });
    return files ?? read(commit, paths);
  }

  function noBranch(named: string | undefined, head: string | undefined): string {
    if (named !== undefined) {
      return `Branch ${named} does not exist in ${connection.url}. Create it, or correct \`branch\` in the route.`;
    }
    return head === undefined
      ? `${connection.url} has no default branch with a commit. Push a first commit, or name a branch in the route.`
      : `${connection.url} does not say which branch is its default one. Name a branch in the route.`;
  }

  /** The commit with its trees; files only as far as they come along. */
  async function loadCommit(store: ObjectStore, commit: string): Promise<void> {
    if (store.has(commit)) return;
    const filter = store.haves.length === 0 ? 'blob:none' : smallBlobs;
    await fetchOnce(store, commit, { wants: [commit], depth: 1, haves: store.haves }, filter);
    if (!store.has(commit)) throw notSent(commit);
    store.addHave(commit);
  }

  /**
   * `false` where the host does not give single blobs: everything has to be read again, with all files.
   *
   * @throws {Failure} `file-too-large`; the host then sends the files one by one, to find the large one
   */
  async function loadBlobs(store: ObjectStore, ids: ReadonlyMap<string, string>): Promise<boolean> {
    const missing = new Map([...ids].filter(([, id]) => !store.has(id)).map(([path, id]) => [id, path]));
    if (missing.size === 0) return true;
    try {
      await fetchBlobs(store, missing);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'branch-moved' || !mayFilter) throw error;
      mayFilter = false;
      cache.forget(key);
      return false;
    }
    const absent = [...missing.keys()].find((id) => !store.has(id));
    if (absent !== undefined) throw notSent(absent);
    return true;
  }

  async function fetchBlobs(store: ObjectStore, paths: ReadonlyMap<string, string>): Promise<void> {
    const wants = [...paths.keys()];
    // Without `haves`: the host would assume that the files of those commits are here too.
    const request = { wants, maxBytes: wants.length * maxFileBytes + packOverhead, maxObjectBytes: maxFileBytes };
    try {
      await fetchOnce(store, wants.join(' '), request);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [path = '', ...others] = paths.values();
      if (others.length === 0) throw fileTooLarge(path, { repository: connection.url, cause: error });
      for (const one of paths) await fetchBlobs(store, new Map([one]));
    }
  }

  async function fetchOnce(
    store: ObjectStore,
    what: string,
    request: PackRequest,
    filter?: NonNullable<PackRequest['filter']>,
  ): Promise<void> {
    const underWay = store.fetching.get(what);
    if (underWay) return underWay;
    const fetched = fetchInto(store, request, filter).finally(() => store.fetching.delete(what));
    store.fetching.set(what, fetched);
    return fetched;
  }

  async function fetchInto(store: ObjectStore, request: PackRequest, filter: PackRequest['filter']): Promise<void> {
    const isFiltered = filter !== undefined && mayFilter && canFilter(await connection.capabilities('git-upload-pack'));
    const pack = await fetchPack(connection, isFiltered ? { ...request, filter } : request);
    const { maxObjectBytes = packLimits.maxObjectBytes } = request;
    await store.addPack(pack, { ...packLimits, maxObjectBytes }).catch((error: unknown) => {
      throw error instanceof PackTooLarge ? tooLarge(`${connection.url} sends ${error.message}.`, error) : error;
    });
    await cache.trim(key);
  }

  function notSent(id: string): Failure {
    return new Failure('answer-not-understood', `${connection.url} did not send ${id}, though it was asked for.`, {
      place,
    });
  }
}

/** One file that is too large fails the request for all of them. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Failure && error.code === 'request-too-large';
}
