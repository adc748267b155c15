import { isEnded, moveTo, queued } from '../../model/deployment.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { SourceBranch } from '../../model/source-branch.ts';
import { Failure } from '../../model/failure.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import type { GitOpsRepository } from '../../git/repository.ts';
import { markOf, recordCommitted } from '../commit/deliver-once.ts';
import type { DeliverDeps } from '../delivery.ts';
import { holdsValue } from '../../values/find-introduction.ts';
import { raiseMark } from '../plan/decide.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import type { TagUpdate } from '../../model/tag-update.ts';

/** What became of the updates of a pull request that has ended. */
export interface Settled {
  readonly committed: readonly TagUpdate[];
  /** Merged, and yet the files do not hold the value. */
  readonly lost: readonly TagUpdate[];
  readonly closed: readonly TagUpdate[];
}

/**
 * Records what became of a pull request that was completed or abandoned. Completed: `committed` at the commit of the
 * merge where the files hold the value there, whoever wrote its message, else `superseded`. Abandoned: `rejected`, and
 * the same tag is not proposed again. May be repeated.
 *
 * @throws {Failure} `branch-moved` while the host still merges
 */
export async function settlePullRequest(
  key: string,
  row: SourceBranch,
  pullRequest: Pick<PullRequest, 'number' | 'url' | 'state' | 'mergeCommit'>,
  repository: GitOpsRepository,
  deps: DeliverDeps,
): Promise<Settled> {
  const settled =
    pullRequest.state === 'completed'
      ? await recordMerged(row, pullRequest, repository, deps)
      : await recordClosed(row, pullRequest, deps);
  await deps.store.updateSourceBranch(key, (current) => {
    if (!current || (current.pullRequest?.number ?? pullRequest.number) !== pullRequest.number) return undefined;
    if (current.announced.length === 0) return 'cleared';
    const { head: _head, base: _base, pullRequest: _pullRequest, ...rest } = current;
    return { ...rest, updates: [] };
  });
  return settled;
}

async function recordMerged(
  { updates, announced, target, repository: url }: SourceBranch,
  { number, url: link, mergeCommit }: Pick<PullRequest, 'number' | 'url' | 'mergeCommit'>,
  repository: GitOpsRepository,
  deps: DeliverDeps,
): Promise<Settled> {
  if (mergeCommit === undefined) {
    throw new Failure('branch-moved', `Pull request ${link} is completed, and its commit is not known yet.`, {
      place: { repository: url },
    });
  }
  const committed: TagUpdate[] = [];
  const lost: TagUpdate[] = [];
  const certain = new Set(updates.map(({ id }) => id));
  // A push may have landed without an answer: its updates are there or are still to come.
  const all = new Map([...updates, ...announced.flatMap((push) => push.updates)].map((update) => [update.id, update]));
  for (const update of all.values()) {
    const environment = await deps.findEnvironment(update);
    if (environment && (await holdsValue({ update, environment }, mergeCommit, repository))) {
      await recordHeld({ update, environment }, { number, url: link }, mergeCommit, target, deps);
      committed.push(update);
    } else if (certain.has(update.id)) {
      const reason = environment
        ? `pull request ${number} was merged, and its merge does not hold ${update.image.tag}`
        : `pull request ${number} was merged, and no route takes the image any more`;
      await end(update, url, { state: 'superseded', reason }, deps);
      lost.push(update);
    }
  }
  return { committed, lost, closed: [] };
}

async function recordHeld(
  resolved: ResolvedUpdate,
  pullRequest: NonNullable<Deployment['pullRequest']>,
  commit: string,
  branch: string,
  deps: DeliverDeps,
): Promise<void> {
  const { store } = deps;
  const planned = await store.findMark(resolved.update);
  await store.updateMark(resolved.update, (current) => raiseMark(resolved, current, markOf(resolved, commit), planned));
  const record = await store.find(resolved.update);
  if (record && isEnded(record) && record.state !== 'pull-request' && record.state !== 'superseded') return;
  await recordCommitted(resolved, { commit, branch, pullRequest }, deps);
}

async function recordClosed(
  { updates, repository }: SourceBranch,
  { number, url }: Pick<PullRequest, 'number' | 'url'>,
  deps: DeliverDeps,
): Promise<Settled> {
  for (const update of updates) {
    const reason = `pull request ${number} was closed without merging (${url}); a newer tag is proposed again`;
    await end(update, repository, { state: 'rejected', code: 'pull-request-closed', reason }, deps);
  }
  return { committed: [], lost: [], closed: updates };
}

type Ending = Pick<Deployment, 'code' | 'reason' | 'supersededBy'> & { readonly state: 'superseded' | 'rejected' };

/** Ends a record that was in the pull request; one that has gone on stays as it is. */
export async function end(
  update: TagUpdate,
  repository: string,
  { state, ...details }: Ending,
  { store, now }: Pick<DeliverDeps, 'store' | 'now'>,
): Promise<void> {
  await store.update(update, (current) =>
    current && isEnded(current) && current.state !== 'pull-request'
      ? undefined
      : moveTo(current ?? queued(update, repository, now()), state, details, now()),
  );
}
