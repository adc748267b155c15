import { randomUUID } from 'node:crypto';
import type { HostedRepository, Platform } from '../server/platform.ts';
import { toSignature } from '../git/signature.ts';
import { GitProgramError } from '../store/git-program.ts';
import { zeroId } from '../store/object-id.ts';
import { merge } from './merge.ts';
import { fulfilsPolicies } from './policy.ts';
import { iterationsOf } from './pull-request.ts';
import type { PullRequest } from './pull-request.ts';

/** A push between reading the target and moving it means another try. */
const maxTries = 5;

/**
 * Looks where the branches of an active pull request are now. If one has moved, the merge is queued, as the service
 * does it: the result comes behind the answer.
 */
export async function refresh(
  platform: Platform,
  repository: HostedRepository,
  pullRequest: PullRequest,
): Promise<PullRequest> {
  const { bare, pullRequests } = repository;
  const [source, target] = await Promise.all([
    bare.readRef(pullRequest.sourceRefName),
    bare.readRef(pullRequest.targetRefName),
  ]);
  const current = pullRequests.get(pullRequest.pullRequestId) ?? pullRequest;
  if (current.status !== 'active') return current;
  const next = { source: source ?? current.source, target: target ?? current.target };
  if (next.source === current.source && next.target === current.target) return current;
  const pushed = { source: next.source, createdDate: platform.now().toISOString() };
  const iterations = next.source === current.source ? current.iterations : [...iterationsOf(current), pushed];
  return queueMerge(platform, repository, { ...current, ...next, iterations });
}

/** Has the merge tried behind the answer, and the pull request completed where that was asked for. */
export function queueMerge(platform: Platform, repository: HostedRepository, pullRequest: PullRequest): PullRequest {
  const queued = { ...pullRequest, mergeStatus: 'queued' as const, mergeId: randomUUID() };
  repository.pullRequests.put(queued);
  queueWork(platform, repository, pullRequest.pullRequestId);
  return queued;
}

/** Has the pull request completed behind the answer, if it is ready. */
export function queueWork(platform: Platform, repository: HostedRepository, pullRequestId: number): void {
  repository.pullRequests.enqueue(async () => {
    await tryMerge(platform, repository, pullRequestId);
    for (let tries = 1; tries <= maxTries; tries += 1) {
      if ((await completeIfReady(platform, repository, pullRequestId)) !== 'moved') return;
      const current = repository.pullRequests.get(pullRequestId);
      if (current) await refresh(platform, repository, current);
      await tryMerge(platform, repository, pullRequestId);
    }
  });
}

async function tryMerge(platform: Platform, { bare, pullRequests }: HostedRepository, id: number): Promise<void> {
  const pullRequest = pullRequests.get(id);
  if (pullRequest?.status !== 'active' || pullRequest.mergeStatus !== 'queued') return;
  const { source, target } = pullRequest;
  const committer = toSignature(undefined, platform.now(), 'committer');
  let found: Pick<PullRequest, 'mergeStatus' | 'merge'>;
  try {
    const message = `Merge pull request ${id} from ${pullRequest.sourceRefName} into ${pullRequest.targetRefName}`;
    const commit = await merge(bare, { source, target, strategy: 'noFastForward', message, committer });
    found = commit === undefined ? { mergeStatus: 'conflicts' } : { mergeStatus: 'succeeded', merge: commit };
  } catch (error) {
    if (!(error instanceof GitProgramError)) throw error;
    found = { mergeStatus: 'failure' }; // Histories that have nothing in common.
  }
  pullRequests.change(id, (current) => {
    if (current.source !== source || current.target !== target) return current;
    const { merge: _merge, ...rest } = current;
    return { ...rest, ...found };
  });
}

async function completeIfReady(
  platform: Platform,
  repository: HostedRepository,
  id: number,
): Promise<'moved' | 'done'> {
  const { bare, pullRequests } = repository;
  const pullRequest = pullRequests.get(id);
  if (pullRequest?.status !== 'active' || pullRequest.isDraft) return 'done';
  const isWanted = pullRequest.isCompleting || pullRequest.autoCompleteSetBy !== undefined;
  if (!isWanted || pullRequest.mergeStatus === 'queued' || !fulfilsPolicies(repository, pullRequest)) return 'done';
  const { source, target, completionOptions, sourceRefName, targetRefName } = pullRequest;
  const now = platform.now();
  const commit =
    pullRequest.mergeStatus === 'succeeded'
      ? await merge(bare, {
          source,
          target,
          strategy: completionOptions?.mergeStrategy ?? 'noFastForward',
          message: completionOptions?.mergeCommitMessage ?? defaultMessage(pullRequest),
          committer: toSignature(undefined, now, 'committer'),
        })
      : undefined;
  if (commit === undefined) {
    pullRequests.change(id, (current) => ({ ...current, isCompleting: false }));
    return 'done';
  }
  // Abandoned, or taken off auto-complete, while the commit was made.
  if (pullRequests.get(id) !== pullRequest || (await bare.readRef(sourceRefName)) !== source) return 'moved';
  if ((await bare.updateRef({ name: targetRefName, from: target, to: commit })) !== 'updated') return 'moved';
  // A request that reads the pull request after the branch moved may have set the merge as its target.
  pullRequests.change(id, (current) => ({
    ...current,
    source,
    target,
    mergeStatus: pullRequest.mergeStatus,
    status: 'completed',
    isCompleting: false,
    merge: commit,
    closedDate: now.toISOString(),
  }));
  record(platform, repository, targetRefName, target, commit);
  if (completionOptions?.deleteSourceBranch === true) {
    const outcome = await bare.updateRef({ name: sourceRefName, from: source, to: zeroId });
    if (outcome === 'updated') record(platform, repository, sourceRefName, source, zeroId);
  }
  return 'done';
}

function record(platform: Platform, repository: HostedRepository, name: string, from: string, to: string): void {
  platform.recordPush(repository, {
    refUpdates: [{ name, oldObjectId: from, newObjectId: to }],
    commits: to === zeroId ? [] : [to],
  });
}

function defaultMessage({ pullRequestId, title, description }: PullRequest): string {
  return [`Merged PR ${pullRequestId}: ${title}`, description].filter((part) => part !== '').join('\n\n');
}
