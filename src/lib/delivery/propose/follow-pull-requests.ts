import type { SourceBranch } from '../../model/source-branch.ts';
import { Failure } from '../../model/failure.ts';
import type { PullRequest } from '../../git/pull-requests.ts';
import type { OpenRepository, Repositories } from '../../git/repositories.ts';
import { parseRepositoryUrl } from '../../net/repository-url.ts';
import { sourcePrefix } from '../../model/source-branch-name.ts';
import type { Log } from '../../model/log.ts';
import type { DeliverDeps } from '../delivery.ts';
import { observePullRequest } from './observe.ts';
import { proposeOnce } from './propose-once.ts';
import { recordPullRequestEnd } from './record-end.ts';

export interface FollowDeps extends DeliverDeps {
  readonly repositories: Repositories;
  /** The setting `AZURE_DEVOPS_COLLECTIONS`. */
  readonly collections?: readonly string[];
}

type Opened = OpenRepository & { readonly key: string };

/**
 * Checks every open pull request: one search per repository, and one more request for each that has ended, conflicts with
 * its target, or has a new commit. A failure concerns its repository or pull request only; the next run follows in a
 * minute.
 */
export async function followPullRequests(log: Log, deps: FollowDeps): Promise<void> {
  const byRepository = new Map<string, SourceBranch[]>();
  for (const row of await deps.store.sourceBranches()) {
    if (row.pullRequest) byRepository.set(row.repository, [...(byRepository.get(row.repository) ?? []), row]);
  }
  await Promise.all(
    [...byRepository].map(([url, rows]) =>
      guarded(log, { repository: url }, async () => {
        const opened = deps.repositories.open(url);
        const active = (await opened.pullRequests?.listActive(sourcePrefix)) ?? [];
        for (const row of rows) {
          const found = active.find(({ number }) => number === row.pullRequest?.number);
          if (found && isQuiet(found, row)) continue;
          const fields = { repository: url, pullRequest: row.pullRequest?.number };
          await guarded(log, fields, () => runOne(row, opened, log, deps));
        }
      }),
    ),
  );
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
  const row = rows.find((one) => one.pullRequest?.number === pullRequest.number && isThere(one.repository));
  if (row) await runOne(row, deps.repositories.open(row.repository), log, deps);
  return row !== undefined;
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
    const { committed, lost, closed } = await recordPullRequestEnd(key, row, found, repository, deps);
    const fields = { pullRequest: found.number, repository: row.repository };
    for (const update of committed) log('info', 'merged', { ...fields, ...placeOf(update), commit: found.mergeCommit });
    for (const update of lost) log('warn', 'merged-without', { ...fields, ...placeOf(update) });
    for (const update of closed) log('info', 'pull-request-closed', { ...fields, ...placeOf(update) });
  } else if (!isQuiet(found, row)) {
    const proposal = {
      pullRequests,
      repositoryUrl: row.repository,
      repositoryKey,
      sourceFor: () => Promise.resolve(row.source),
    };
    await proposeOnce([], { key, repository, branch: row.target, proposal }, proposal, deps);
  }
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
