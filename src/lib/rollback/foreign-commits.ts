import type { DeploymentStore } from '../deployments/store.ts';
import type { Commit, GitOpsRepository } from '../git/repository.ts';
import { parseTrailers } from '../model/trailers.ts';

const mostAbove = 1_000;
/** Commits of a path that are read at most. */
const mostOfPath = 1_000;
/** So many commits of a path below the revision are read: clocks differ, and the order is by time. */
const patience = 20;

/**
 * The first commit above a revision that changed one of the paths and is not ours. `unknown`: the revision does not lie
 * below the tip, or too deep.
 */
export async function findForeign(
  paths: readonly string[],
  { revision, tip }: { readonly revision: string; readonly tip: string },
  repository: Pick<GitOpsRepository, 'above' | 'history'>,
  isOurs: IsOurs,
): Promise<Commit | 'unknown' | undefined> {
  const { commits, complete } = await repository.above(revision, tip, mostAbove);
  if (!complete) return 'unknown';
  const above = new Set(commits.map(({ commit }) => commit));
  const oldest = Math.min(...commits.map(({ committedAt }) => committedAt.getTime()));
  for (const path of paths) {
    let below = 0;
    let left = mostOfPath;
    for await (const commit of repository.history(tip, path, mostOfPath)) {
      left -= 1;
      if (above.has(commit.commit)) {
        if (!(await isOurs(commit, above))) return commit;
      } else if ((below += 1) > patience && commit.committedAt.getTime() < oldest) break;
    }
    if (left === 0) return 'unknown';
  }
  return undefined;
}

/** @param above the commits that are searched */
export type IsOurs = (commit: Commit, above: ReadonlySet<string>) => Promise<boolean>;

/**
 * By the record of each trailer, because anyone can write a trailer: the record names the commit, or the merge of a proposal
 * that the commit belongs to.
 */
export async function isByTagrelay(
  { commit, message }: Commit,
  above: ReadonlySet<string>,
  store: Pick<DeploymentStore, 'find'>,
): Promise<boolean> {
  const trailers = parseTrailers(message);
  for (const trailer of trailers) {
    const record = await store.find(trailer);
    const isMerged = record?.pullRequest !== undefined && record.commit !== undefined && above.has(record.commit);
    if (record?.commit !== commit && !isMerged) return false;
  }
  return trailers.length > 0;
}
