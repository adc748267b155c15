import type { Commit, GitOpsRepository } from '../git/repository.ts';
import { holdsValue } from '../values/held-value.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';

/** A time without a break in which files held a value, in milliseconds since 1970. */
export interface Stay {
  readonly from: number;
  readonly to: number;
}

/** Commits that are read. A stay that began before them counts from the oldest one. */
const maxCommits = 100;

/**
 * The stays of a value in the files of a branch within a time, the newest first. Times are those of the committers. A commit
 * counts as not older than those below it.
 */
export async function staysOf(
  resolved: ResolvedUpdate,
  tip: string,
  within: Stay,
  repository: Pick<GitOpsRepository, 'history' | 'read'>,
): Promise<readonly Stay[]> {
  const changes = await changesSince(resolved, tip, within.from, repository);
  const stays: Stay[] = [];
  let end = within.to;
  let latest = -Infinity;
  const times = changes
    .toReversed()
    .map(({ committedAt }) => (latest = Math.max(latest, committedAt.getTime())))
    .toReversed();
  for (const [position, { commit }] of changes.entries()) {
    const from = Math.max(times[position] ?? 0, within.from);
    if (from <= end && (await holdsValue(resolved, commit, repository))) {
      const newer = stays.at(-1);
      // The next commit changed something else in the file.
      if (newer?.from === end) stays[stays.length - 1] = { from, to: newer.to };
      else stays.push({ from, to: end });
    }
    if (from <= within.from) break;
    end = Math.min(end, from);
  }
  return stays;
}

/** The commits that changed the files since a time, and the last one before it, the newest first. */
async function changesSince(
  { environment }: ResolvedUpdate,
  tip: string,
  since: number,
  repository: Pick<GitOpsRepository, 'history'>,
): Promise<readonly Commit[]> {
  const found = new Map<string, Commit>();
  for (const path of new Set(environment.update.map(({ file }) => file))) {
    for await (const commit of repository.history(tip, path, maxCommits)) {
      found.set(commit.commit, commit);
      if (commit.committedAt.getTime() <= since) break;
    }
  }
  return [...found.values()].toSorted((a, b) => b.committedAt.getTime() - a.committedAt.getTime());
}

/** The length of the longest stay, in milliseconds. */
export function longestOf(stays: readonly Stay[]): number {
  return Math.max(0, ...stays.map(({ from, to }) => to - from));
}
