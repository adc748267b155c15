import type { SourceBranch, SourceIntent } from '../../model/source-branch.ts';
import type { Commit, GitOpsRepository, Tip } from '../../git/repository.ts';
import { groupBranch, rollbackBranch, routeBranch } from '../../model/source-branch-name.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import type { DeliverDeps } from '../delivery.ts';
import { adoptPush, landedIntent } from '../intents/source-branch.ts';
import { updateKey } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { provenUpdates, unrefutedIds } from '../trailers/proven-updates.ts';
import { pushTimeOf } from '../trailers/push-time-of.ts';
import { end } from './end-record.ts';

interface Source {
  /** Names the source branch in the store. */
  readonly key: string;
  readonly tip: Tip;
  readonly source: string;
  readonly head: string | undefined;
  readonly row: SourceBranch | undefined;
  /** An active one. */
  readonly hasPullRequest: boolean;
}

export interface FoundOwner {
  /** The head is our own last push, or there is none. */
  readonly isOurs: boolean;
  /** The stored row, with a push that has landed. */
  readonly row: SourceBranch | undefined;
  /** The updates in the branch's own trailers, if the store knows no head. */
  readonly updates: readonly TagUpdate[];
  readonly base?: string;
}

/** Commits of a source branch that are read at most. */
const historyLimit = 20;

/**
 * Whether the head of a source branch is our own last push: by the store, by the intent of a push without an answer, or, if
 * the store knows no head, by trailers. A trailer counts only where the diff of its commit proves it.
 */
export async function findOwner(
  { key, tip, source, head, row, hasPullRequest }: Source,
  repository: GitOpsRepository,
  deps: Pick<DeliverDeps, 'store' | 'findEnvironment' | 'now'>,
): Promise<FoundOwner> {
  if (head === undefined || head === row?.head) return { isOurs: true, row, updates: [] };
  // An empty branch has nothing to lose; with a pull request someone has removed our commit from it.
  if (head === tip.commit) return { isOurs: !hasPullRequest, row, updates: [] };
  const { commits, complete } = await repository.above(tip.commit, head, historyLimit);
  const landed = row && (await findLanded(row, commits[0], repository, deps));
  if (landed) {
    await endReplaced(row, landed, deps);
    const adopted = adoptPush(row, head, landed.id);
    await deps.store.updateSourceBranch(key, (current) => adoptPush(current, head, landed.id));
    return { isOurs: true, row: adopted, updates: [] };
  }
  const updates = row?.head === undefined ? await provenOf(commits, source, repository, deps) : [];
  return { isOurs: updates.length > 0, row, updates, ...(complete ? { base: tip.commit } : {}) };
}

/** The worker died before it recorded which updates its push replaced. */
async function endReplaced(
  { updates, repository, pullRequest }: SourceBranch,
  landed: SourceIntent,
  deps: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  const left = new Set(landed.updates.map(({ id }) => id));
  for (const update of updates.filter(({ id }) => !left.has(id))) {
    const newer = landed.updates.find((one) => updateKey(one) === updateKey(update));
    if (!newer) continue;
    const { tag } = newer.image;
    const reason = `${pullRequest ? `pull request ${pullRequest.number}` : 'the branch'} proposes ${tag}`;
    await end(update, repository, { state: 'superseded', reason, supersededBy: tag }, deps);
  }
}

/** The intent whose push is the head of the branch. */
async function findLanded(
  row: SourceBranch,
  head: Commit | undefined,
  repository: GitOpsRepository,
  deps: Pick<DeliverDeps, 'findEnvironment'>,
): Promise<SourceIntent | undefined> {
  if (!head || row.announced.length === 0) return undefined;
  return landedIntent(row, await unrefutedIds(head, repository, deps));
}

/** The updates of the commits from the head down, up to the first commit whose diff does not prove a trailer of the branch. */
async function provenOf(
  commits: readonly Commit[],
  source: string,
  repository: GitOpsRepository,
  deps: Pick<DeliverDeps, 'findEnvironment' | 'now'>,
): Promise<readonly TagUpdate[]> {
  const proven: TagUpdate[] = [];
  for (const commit of commits) {
    const ofCommit = (await provenUpdates(commit, repository, deps)).flatMap(({ trailer, resolved, isOwnId }) => {
      const pushedAt = pushTimeOf(trailer, commit, resolved.environment, deps.now());
      return isOwnId && pushedAt !== undefined && isOfBranch(trailer, source) ? [{ ...resolved.update, pushedAt }] : [];
    });
    if (ofCommit.length === 0) break;
    proven.push(...ofCommit);
  }
  return proven;
}

function isOfBranch({ route, environment, cause }: ImageUpdate, source: string): boolean {
  if (cause === 'rollback') return source === rollbackBranch(route, environment);
  const group = groupBranch(environment, '', '');
  return source === routeBranch(route, environment) || source === group || source.startsWith(`${group}=on=`);
}
