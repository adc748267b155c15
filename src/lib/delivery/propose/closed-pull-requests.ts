import type { ClosedPullRequest, SourceBranch } from '../../model/source-branch.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** A closed pull request is checked for this time: a person can re-open it. */
const keptMs = 30 * 24 * hourMs;
/** Closed pull requests that a row keeps. */
const maxKept = 3;
/** Longer than the time between two runs of the clock. */
const checkWindowMs = 2 * minuteMs;

/** The row without its proposal. It stays for push intents without an answer and for closed pull requests. */
export function withoutProposal(row: SourceBranch) {
  const { head: _head, base: _base, pullRequest: _number, completion: _try, statuses: _statuses, ...rest } = row;
  const { announced, closed = [] } = rest;
  return announced.length + closed.length === 0 ? ('cleared' as const) : { ...rest, updates: [] };
}

/** A pull request that was closed, with the updates of its branch. */
export function closedOf(
  {
    updates,
    head,
    base,
  }: Pick<ClosedPullRequest, 'updates'> & { readonly head?: string | undefined; readonly base?: string | undefined },
  { number, url }: Pick<ClosedPullRequest, 'number' | 'url'>,
  now: Date,
): ClosedPullRequest {
  return {
    number,
    url,
    updates,
    ...(head !== undefined && { head }),
    ...(base !== undefined && { base }),
    at: now.toISOString(),
  };
}

/** The row with a closed pull request. */
export function withClosed(row: SourceBranch, ended: ClosedPullRequest): SourceBranch {
  const others = (row.closed ?? []).filter(({ number }) => number !== ended.number);
  return { ...row, closed: [...others, ended].slice(-maxKept) };
}

export function withoutClosed({ closed = [], ...row }: SourceBranch, number: number): SourceBranch {
  const left = closed.filter((one) => one.number !== number);
  return left.length === 0 ? row : { ...row, closed: left };
}

/** The row after a person has re-opened a pull request; a newer proposal of the branch stays. */
export function reopened(row: SourceBranch, { number, url, updates, head, base }: ClosedPullRequest): SourceBranch {
  const rest = withoutClosed(row, number);
  if (row.pullRequest || row.head !== undefined) return rest;
  return {
    ...rest,
    updates,
    pullRequest: { number, url },
    ...(head !== undefined && { head }),
    ...(base !== undefined && { base }),
  };
}

/** Whether a run of the clock checks a closed pull request: every minute for an hour, then every hour. */
export function isCheckDue({ at }: ClosedPullRequest, now: Date): boolean {
  const age = now.getTime() - Date.parse(at);
  return age < hourMs || age % hourMs < checkWindowMs;
}

export function isForgotten({ at }: ClosedPullRequest, now: Date): boolean {
  return now.getTime() - Date.parse(at) > keptMs;
}
