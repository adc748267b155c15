import { Failure } from '../../../src/lib/model/failure.ts';
import type { FailureCode } from '../../../src/lib/model/failure.ts';
import type { Commit, CommitsAbove, GitOpsRepository, Push } from '../../../src/lib/git/repository.ts';
import { isSame } from './memory-git.ts';
import type { MemoryCommit, MemoryGit, Tree } from './memory-git.ts';
import { atOnce } from './turn.ts';
import type { Turn } from './turn.ts';

export const appAuthor = 'tagrelay';

/** The adapter of a repository in memory, for one process. */
export function makeMemoryRepository(git: MemoryGit, turn: Turn = atOnce): GitOpsRepository {
  const known = (id: string): MemoryCommit => {
    if (!git.has(id)) throw failure('branch-moved', `The repository has no commit ${id}.`);
    return git.commit(id);
  };
  return {
    tip: (named) =>
      turn(`tip of ${named ?? 'the default branch'}`, () => {
        const branch = named ?? git.defaultBranch;
        const commit = git.branches.get(branch);
        if (commit === undefined) throw failure('branch-not-found', `Branch ${branch} does not exist.`);
        return { branch, commit };
      }),
    read: (commit, paths) =>
      turn(`read ${paths.join(' ')}`, () => {
        const { tree } = known(commit);
        return new Map(paths.flatMap((path) => (tree.has(path) ? [[path, tree.get(path) ?? new Uint8Array()]] : [])));
      }),
    list: (commit, folder) =>
      turn(`list ${folder}`, () =>
        [...known(commit).tree.keys()].filter((path) => folder === '' || path.startsWith(`${folder}/`)),
      ),
    push: (push) => turn(`push to ${push.branch}`, () => pushOnto(git, push)),
    async *history(commit, path, limit, mayMatter = () => true) {
      const commits = await turn(`history of ${path}`, () => historyOf(git, known(commit), path, limit));
      yield* commits.filter(({ message, commit }) => mayMatter(message.split('\n', 1)[0] ?? '', commit));
    },
    above: (base, tip, limit) =>
      turn('commits above', () =>
        base === tip ? { commits: [], complete: true } : commitsAbove(git, base, known(tip), limit),
      ),
    isAncestor: (ancestor, commit) =>
      turn('is ancestor', () => ancestor === commit || git.isAncestor(known(ancestor).id, known(commit).id)),
    isOutside: (commit, tip) =>
      turn('is outside', () => commit !== tip && !git.isAncestor(known(commit).id, known(tip).id)),
  };
}

/** As the adapter of Git hosts walks: a base that does not lie below the tip hides nothing. */
function commitsAbove(git: MemoryGit, base: string, tip: MemoryCommit, limit: number): CommitsAbove {
  const commits: Commit[] = [];
  const below = new Set([base]);
  const waiting = new Map([[tip.id, tip]]);
  let hasBase = false;
  while ([...waiting.keys()].some((id) => !below.has(id))) {
    const commit = [...waiting.values()].reduce((a, b) => (b.order > a.order ? b : a));
    waiting.delete(commit.id);
    const isBelow = below.has(commit.id);
    hasBase ||= commit.id === base;
    if (!isBelow && commits.length === limit) return { commits, complete: false };
    if (!isBelow) commits.push(describe(commit));
    for (const id of commit.parents) {
      if (isBelow) below.add(id);
      waiting.set(id, git.commit(id));
    }
  }
  return { commits, complete: hasBase || waiting.has(base) };
}

/** One commit on a branch that is at its base. */
export function pushOnto(git: MemoryGit, { branch, base, message, files }: Push): { readonly commit: string } {
  const tree = withFiles(git.commit(base).tree, files);
  const tip = git.branches.get(branch);
  if (tip === undefined) throw failure('branch-not-found', `Branch ${branch} does not exist.`);
  if (tip !== base) throw failure('branch-moved', `Branch ${branch} has moved.`);
  const { id } = git.add({
    parents: [base],
    tree,
    message,
    author: appAuthor,
  });
  git.branches.set(branch, id);
  return { commit: id };
}

export function withFiles(tree: Tree, files: Push['files']): Tree {
  const next = new Map(tree);
  for (const { path, content } of files) {
    if (!tree.has(path)) throw failure('file-not-found', `${path} does not exist.`);
    next.set(path, content);
  }
  return next;
}

/** As `git log -- PATH` lists them: past a merge only the side that the path came from. Without a path all commits. */
function historyOf(git: MemoryGit, from: MemoryCommit, path: string, limit: number): readonly Commit[] {
  const found: Commit[] = [];
  const waiting = new Map([[from.id, from]]);
  while (waiting.size > 0 && found.length < limit) {
    const commit = [...waiting.values()].reduce((a, b) => (b.order > a.order ? b : a));
    waiting.delete(commit.id);
    const parents = commit.parents.map((id) => git.commit(id));
    const same = path === '' ? undefined : parents.find(({ tree }) => isSame(tree, commit.tree, path));
    for (const parent of same ? [same] : parents) waiting.set(parent.id, parent);
    if (same || (path !== '' && parents.length === 0 && isSame(new Map(), commit.tree, path))) continue;
    found.push(describe(commit));
  }
  return found;
}

function describe({ id, message, parents, committedAt, author }: MemoryCommit): Commit {
  return { commit: id, message, parents, committedAt, author };
}

export function failure(code: FailureCode, message: string): Failure {
  return new Failure(code, message);
}
