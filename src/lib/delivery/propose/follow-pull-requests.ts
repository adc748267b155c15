import type { ClosedPullRequest, SourceBranch } from '../../model/source-branch.ts';
import { timeLimit } from '../../model/clock.ts';
import { Failure } from '../../model/failure.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import type { OpenRepository, Repositories } from '../../git/repositories.ts';
import { parseRepositoryUrl } from '../../net/repository-url.ts';
import { sourcePrefix } from '../../model/source-branch-name.ts';
import type { Log } from '../../model/log.ts';
import type { DeliverDeps } from '../delivery.ts';
import { inRandomOrder } from '../in-random-order.ts';
import { hasExpired } from '../intents/source-branch.ts';
import type { ReadFreezes } from '../windows/read-freezes.ts';
import { expireSourceIntents } from './expire-source-intents.ts';
import { observePullRequest } from './observe.ts';
import { proposeOnce } from './propose-once.ts';
import { isCompletionDue } from './complete.ts';
import { isCheckDue, isForgotten, reopened, withoutClosed, withoutProposal } from './closed-pull-requests.ts';
import { reopenRecord } from './end-record.ts';
import { recordPullRequestEnd } from './record-end.ts';
import type { EndedPullRequest } from './record-end.ts';
import { areStatusesDue, postStatuses, postStatusesIfDue } from './post-statuses.ts';
import { completesInFreeze, takeOverCompletion } from './take-over-completion.ts';

export interface FollowDeps extends DeliverDeps {
  readonly repositories: Repositories;
  /** The setting `AZURE_DEVOPS_COLLECTIONS`. */
  readonly collections?: readonly string[];
}

export interface FollowAllDeps extends FollowDeps {
  /** A number in [0, 1). */
  readonly random: () => number;
}

type Opened = OpenRepository & { readonly key: string };

/** The time after which a run begins with no other source branch. */
const longestMs = 30_000;

/**
 * Checks every open pull request: one search per repository, and one more request for each that has ended, conflicts with
 * its target, or has a new commit. Removes the push intents of source branches that can no longer land. A failure concerns
 * its repository or pull request only. The next run follows in a minute, also for branches that this one has no time for.
 */
export async function followPullRequests(log: Log, deps: FollowAllDeps): Promise<void> {
  const byRepository = new Map<string, SourceBranch[]>();
  for (const row of await deps.store.sourceBranches()) {
    if (row.pullRequest || row.closed || hasExpired(row, deps.now()))
      byRepository.set(row.repository, [...(byRepository.get(row.repository) ?? []), row]);
  }
  if (byRepository.size === 0) return;
  const hasTime = timeLimit(longestMs, deps.now);
  const { freezes } = await deps.freezes();
  await Promise.all(
    [...byRepository].map(([url, rows]) =>
      guarded(log, { repository: url }, async () => {
        const opened = deps.repositories.open(url);
        const active = (await opened.pullRequests?.listActive(sourcePrefix)) ?? [];
        for (const row of inRandomOrder(rows, deps.random)) {
          if (hasTime()) await followRow(row, active, freezes, opened, log, deps);
        }
      }),
    ),
  );
}

async function followRow(
  row: SourceBranch,
  active: readonly PullRequest[],
  freezes: ReadFreezes['freezes'],
  opened: Opened,
  log: Log,
  deps: FollowDeps,
): Promise<void> {
  const { repository } = row;
  if (hasExpired(row, deps.now())) {
    await guarded(log, { repository, branch: row.source }, () => expireIntents(row, opened, log, deps));
  }
  for (const closed of row.closed ?? []) {
    const isActive = active.some(({ number }) => number === closed.number);
    if (!isActive && !isCheckDue(closed, deps.now())) continue;
    const fields = { repository, pullRequest: closed.number };
    await guarded(log, fields, () => runClosed(row, closed, opened, log, deps));
  }
  if (!row.pullRequest) return;
  const found = active.find(({ number }) => number === row.pullRequest?.number);
  const isCalm =
    found &&
    isQuiet(found, row) &&
    !isCompletionDue(row, deps.now()) &&
    !completesInFreeze(found, row, freezes, deps.now());
  const fields = { repository, pullRequest: row.pullRequest.number };
  await guarded(log, fields, async () => {
    if (!isCalm) await runOne(row, opened, log, deps);
    if (!isCalm || (await areStatusesDue(row, deps))) await postStatusesIfDue(row, opened, log, deps);
  });
}

/**
 * Checks one pull request after an event.
 *
 * @returns false if it is not a pull request of tagrelay
 */
export async function followPullRequest(
  pullRequest: { readonly number: number } & ({ readonly repository: string } | { readonly collection: string }),
  log: Log,
  deps: FollowDeps,
): Promise<boolean> {
  const isThere =
    'repository' in pullRequest
      ? (url: string) => deps.repositories.open(url).key === deps.repositories.open(pullRequest.repository).key
      : (url: string) => isOf(pullRequest.collection, url, deps);
  const rows = await deps.store.sourceBranches();
  const { number } = pullRequest;
  const closedIn = (row: SourceBranch) => row.closed?.find((one) => one.number === number);
  const row = rows.find((one) => (one.pullRequest?.number === number || closedIn(one)) && isThere(one.repository));
  if (!row) return false;
  const opened = deps.repositories.open(row.repository);
  const closed = row.pullRequest?.number === number ? undefined : closedIn(row);
  if (closed) {
    await runClosed(row, closed, opened, log, deps);
  } else {
    await runOne(row, opened, log, deps);
    await postStatuses(row, opened, log, deps);
  }
  return true;
}

/** Numbers of pull requests are unique within a collection of Azure DevOps. */
function isOf(collection: string, url: string, { collections }: FollowDeps): boolean {
  const address = parseRepositoryUrl(url, collections);
  if (!('kind' in address) || address.kind !== 'azure-repos') return false;
  return address.collection.toLowerCase() === collection.toLowerCase();
}

async function runOne(row: SourceBranch, opened: Opened, log: Log, deps: FollowDeps): Promise<void> {
  const { pullRequests, repository, key: repositoryKey } = opened;
  if (!row.pullRequest || !pullRequests) return;
  const key = `${repositoryKey}#${row.source}`;
  const found = await observePullRequest(row.pullRequest, row, pullRequests);
  if (found.state !== 'active') {
    logEnd(await recordPullRequestEnd(key, row, found, repository, deps), found, row, log);
    return;
  }
  const { freezes } = await deps.freezes();
  const isTakenOver = completesInFreeze(found, row, freezes, deps.now());
  if (isTakenOver) {
    await takeOverCompletion(key, found, pullRequests, deps);
    log('info', 'auto-complete-taken-over', { pullRequest: found.number, repository: row.repository });
  }
  if (isTakenOver || !isQuiet(found, row) || row.completion) await proposeCarried(row, opened, deps);
}

/** Updates the open pull request of a branch: its records, and its commits where the target has moved. */
async function proposeCarried(row: SourceBranch, opened: Opened, deps: FollowDeps): Promise<void> {
  const { pullRequests, repository, key: repositoryKey } = opened;
  if (!pullRequests) return;
  const proposal = {
    pullRequests,
    repositoryUrl: row.repository,
    repositoryKey,
    sourceFor: () => Promise.resolve(row.source),
  };
  const key = `${repositoryKey}#${row.source}`;
  await proposeOnce([], { key, repository, branch: row.target, proposal }, proposal, deps);
}

function expireIntents(row: SourceBranch, opened: Opened, log: Log, deps: FollowDeps): Promise<void> {
  const key = `${opened.key}#${row.source}`;
  return expireSourceIntents(key, row, opened, () => proposeCarried(row, opened, deps), log, deps);
}

/** Follows a closed pull request that a person can re-open: then it is followed as before, to its merge. */
async function runClosed(
  row: SourceBranch,
  closed: ClosedPullRequest,
  opened: Opened,
  log: Log,
  deps: FollowDeps,
): Promise<void> {
  const { pullRequests, repository, key: repositoryKey } = opened;
  if (!pullRequests) return;
  const key = `${repositoryKey}#${row.source}`;
  const found = await observePullRequest(closed, row, pullRequests);
  if (found.state === 'completed') {
    const { updates } = closed;
    logEnd(
      await recordPullRequestEnd(key, { ...row, updates, announced: [] }, found, repository, deps),
      found,
      row,
      log,
    );
  } else if (found.state === 'active') {
    // A person decides about it now: to propose its updates again would close it again.
    if (closed.closedBy === 'tagrelay') return;
    // Records first: after the row is written, an unchanged pull request is not evaluated again.
    for (const update of closed.updates) await reopenRecord(update, row.target, found, deps);
    await deps.store.updateSourceBranch(key, (current) => current && reopened(current, closed));
    log('info', 'pull-request-reopened', { pullRequest: closed.number, repository: row.repository });
    const next = await deps.store.findSourceBranch(key);
    if (next?.pullRequest) await proposeCarried(next, opened, deps);
  } else if (isForgotten(closed, deps.now())) {
    await deps.store.updateSourceBranch(key, (current) => {
      const rest = current && withoutClosed(current, closed.number);
      return rest && (rest.pullRequest ?? rest.head) === undefined ? withoutProposal(rest) : rest;
    });
  }
}

function logEnd(
  { committed, lost, closed }: EndedPullRequest,
  { number, mergeCommit }: PullRequest,
  { repository }: SourceBranch,
  log: Log,
): void {
  const fields = { pullRequest: number, repository };
  for (const update of committed) log('info', 'merged', { ...fields, ...placeOf(update), commit: mergeCommit });
  for (const update of lost) log('warn', 'merged-without', { ...fields, ...placeOf(update) });
  for (const update of closed) log('info', 'pull-request-closed', { ...fields, ...placeOf(update) });
}

/** Whether there is nothing to do about an open pull request. */
function isQuiet({ head, hasConflicts }: Pick<PullRequest, 'head' | 'hasConflicts'>, row: SourceBranch): boolean {
  return head === row.head && !hasConflicts;
}

function placeOf({ route, environment, image }: SourceBranch['updates'][number]) {
  return { route, environment, tag: image.tag };
}

async function guarded(log: Log, fields: Parameters<Log>[2], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message: reason, place } = error;
    log(error.kind === 'retryable' ? 'warn' : 'error', 'pull-request-not-followed', {
      ...fields,
      ...place,
      code,
      reason,
    });
  }
}
