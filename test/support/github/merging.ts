import { merge } from '../../../local/devops/pull-requests/merge.ts';
import { zeroId } from '../../../local/devops/store/object-id.ts';
import type { AutoMerge, StoredPull, StoredRepository } from './state.ts';

const strategies = { merge: 'noFastForward', squash: 'squash', rebase: 'rebase' } as const;

/**
 * Looks where the branches of every open pull request are now, as GitHub does after each push: a branch that is gone, or
 * has nothing of its own any more, closes it; a target that holds its commits has merged it; what waits is merged.
 */
export async function refresh(repository: StoredRepository): Promise<void> {
  const { bare, pulls, rules } = repository;
  for (const pull of pulls.filter(({ state, isOfFork }) => state === 'open' && !isOfFork)) {
    const [head, base] = await Promise.all([
      bare.readRef(`refs/heads/${pull.source}`),
      bare.readRef(`refs/heads/${pull.target}`),
    ]);
    if (head === undefined || base === undefined) {
      close(pull);
      continue;
    }
    const hasMoved = head !== pull.head;
    Object.assign(pull, { head, base });
    if ((await bare.git(['rev-list', '--count', `${base}..${head}`])).trim() === '0') {
      if (!hasMoved) Object.assign(pull, { mergedAt: new Date().toISOString(), mergeCommit: head });
      close(pull);
    } else if (pull.autoMerge && pull.approvals >= rules.requiredApprovals && (await isClean(repository, pull))) {
      await mergePull(repository, pull, pull.autoMerge);
    }
  }
}

export function close(pull: StoredPull): void {
  Object.assign(pull, { state: 'closed', autoMerge: null });
}

/** `mergeable_state`; the first look after a push finds it unknown and has it computed. */
export async function stateOf(repository: StoredRepository, pull: StoredPull): Promise<string> {
  const of = `${pull.head} ${pull.base}`;
  if (pull.mergeable?.of !== of) {
    pull.mergeable = { of, clean: await isClean(repository, pull) };
    return 'unknown';
  }
  if (!pull.mergeable.clean) return 'dirty';
  if (pull.draft) return 'draft';
  if (pull.approvals < repository.rules.requiredApprovals) return 'blocked';
  return passes(repository, pull) ? 'clean' : 'unstable';
}

/** Whether the last status of each context of the head says so. */
function passes({ statuses }: StoredRepository, { head }: StoredPull): boolean {
  const last = new Map((statuses.get(head) ?? []).map(({ context, state }) => [context, state]));
  return [...last.values()].every((state) => state === 'success');
}

async function isClean(repository: StoredRepository, pull: StoredPull): Promise<boolean> {
  return (await makeMerge(repository, pull, { method: 'merge', title: 'trial', message: '' })) !== undefined;
}

/** Merges if it can be; says whether it has. */
export async function mergePull(repository: StoredRepository, pull: StoredPull, how: AutoMerge): Promise<boolean> {
  const { bare, rules } = repository;
  const commit = await makeMerge(repository, pull, how);
  if (commit === undefined) return false;
  const move = { name: `refs/heads/${pull.target}`, from: pull.base, to: commit };
  if ((await bare.updateRef(move)) !== 'updated') return false;
  Object.assign(pull, { mergedAt: new Date().toISOString(), mergeCommit: commit });
  close(pull);
  if (rules.deleteBranchOnMerge)
    await bare.updateRef({ name: `refs/heads/${pull.source}`, from: pull.head, to: zeroId });
  return true;
}

function makeMerge({ bare }: StoredRepository, pull: StoredPull, how: AutoMerge): Promise<string | undefined> {
  const { head: source, base: target } = pull;
  const method = how.method.toLowerCase();
  const title =
    how.title ?? (method === 'squash' ? `${pull.title} (#${pull.number})` : `Merge pull request #${pull.number}`);
  const strategy = method === 'squash' || method === 'rebase' ? strategies[method] : strategies.merge;
  const committer = {
    name: 'GitHub',
    email: 'noreply@github.com',
    seconds: Math.floor(Date.now() / 1000),
    offset: '+0000',
  };
  return merge(bare, { target, source, strategy, message: `${title}\n\n${how.message ?? ''}`, committer });
}
