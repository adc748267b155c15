import type { DeploymentStore } from '../deployments/store.ts';
import type { Commit, GitOpsRepository } from '../git/repository.ts';
import { parseTrailers } from '../model/trailers.ts';

const mostAbove = 1_000;
/** Commits of a path that are read at most. */
const mostOfPath = 200;
/** After so many older commits of a path no newer one is expected: the order is by time. */
const patience = 20;

/**
 * The first commit above a revision that changed one of the paths and is not by tagrelay. A merge of a proposal of
 * tagrelay has its trailers too. `unknown`: the revision does not lie below the tip, or too deep.
 */
export async function findForeign(
  paths: readonly string[],
  { revision, tip }: { readonly revision: string; readonly tip: string },
  repository: Pick<GitOpsRepository, 'above' | 'history'>,
  store: Pick<DeploymentStore, 'find'>,
): Promise<Commit | 'unknown' | undefined> {
  const { commits, complete } = await repository.above(revision, tip, mostAbove);
  if (!complete) return 'unknown';
  const above = new Set(commits.map(({ commit }) => commit));
  for (const path of paths) {
    let older = 0;
    for await (const commit of repository.history(tip, path, mostOfPath)) {
      if (above.has(commit.commit)) {
        if (!(await isOwn(commit, above, store))) return commit;
      } else if ((older += 1) > patience) break;
    }
  }
  return undefined;
}

/** Anyone can write a trailer, so the record of each trailer has to name the commit, or the merge of its proposal. */
async function isOwn(
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
