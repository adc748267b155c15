import { formatCommit } from '../store/commit.ts';
import type { CommitContent, Signature } from '../store/commit.ts';
import type { BareRepository } from '../store/bare-repository.ts';
import type { MergeStrategy } from './pull-request.ts';

export interface MergeRequest {
  readonly target: string;
  readonly source: string;
  readonly strategy: MergeStrategy;
  readonly message: string;
  readonly committer: Signature;
}

/** Makes the commit that brings the source into the target. It is on no branch yet. `undefined` where they conflict. */
export async function merge(bare: BareRepository, request: MergeRequest): Promise<string | undefined> {
  const { target, source, strategy, message, committer } = request;
  if (strategy === 'rebase') return rebase(bare, request);
  const second = strategy === 'rebaseMerge' ? await rebase(bare, request) : source;
  if (second === undefined) return undefined;
  const tree = await mergeTrees(bare, target, second);
  if (tree === undefined) return undefined;
  const parents = strategy === 'squash' ? [target] : [target, second];
  return writeCommit(bare, { tree, parents, author: committer, committer, message: `${message.trimEnd()}\n` });
}

/** The source's own commits one by one on the target; the last of them. */
async function rebase(bare: BareRepository, { target, source, committer }: MergeRequest): Promise<string | undefined> {
  const output = await bare.gitOfObjects([
    'rev-list',
    '--reverse',
    '--topo-order',
    '--no-merges',
    `${target}..${source}`,
  ]);
  let onto = target;
  for (const id of output.split('\n').filter((line) => line !== '')) {
    const commit = await requireCommit(bare, id);
    const below = await requireCommit(bare, onto);
    // `git merge-tree` finds its base by itself: a stand-in with the new base's tree and the commit's own parent.
    const standIn = await writeCommit(bare, { ...commit, tree: below.tree });
    const tree = await mergeTrees(bare, standIn, id);
    if (tree === undefined) return undefined;
    if (tree !== below.tree) onto = await writeCommit(bare, { ...commit, tree, parents: [onto], committer });
  }
  return onto;
}

/** The tree of a merge by real Git, or `undefined` where it conflicts. */
async function mergeTrees(bare: BareRepository, ours: string, theirs: string): Promise<string | undefined> {
  // Exit code 1 means conflicts ("git merge-tree" in Git's manual); a clean merge prints only the tree.
  const output = await bare.gitOfObjects(['merge-tree', '--write-tree', '--no-messages', ours, theirs], [0, 1]);
  const lines = output.trim().split('\n');
  return lines.length === 1 ? lines[0] : undefined;
}

function writeCommit(bare: BareRepository, commit: CommitContent): Promise<string> {
  return bare.writeObject('commit', formatCommit(commit));
}

async function requireCommit(bare: BareRepository, id: string): Promise<CommitContent> {
  const commit = await bare.readCommit(id);
  if (commit === undefined) throw new Error(`The repository ${bare.directory} lacks the commit ${id}`);
  return commit;
}
