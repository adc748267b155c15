import { updateKey } from '../../model/tag-update.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { RestorePlace } from './restore-place.ts';

/** Commits of a branch that are listed. */
const listedCommits = 1_000;
/** Commits whose messages are read at a time: a Git host needs a request for each. */
const readMessages = 32;

/**
 * The environments, by `updateKey`, that the trailers in the whole history of a branch name. `undefined` where the history
 * is too long: then each environment is searched by its files.
 */
export type NamedEnvironments = (place: RestorePlace, targetKey: string) => Promise<ReadonlySet<string> | undefined>;

/** Lists the history of a branch each time, and reads each message once in this process. */
export function makeNamedEnvironments(): NamedEnvironments {
  const branches = new Map<string, ReadonlyMap<string, readonly string[]> | 'too long'>();
  return async (place, targetKey) => {
    const known = branches.get(targetKey) ?? new Map<string, readonly string[]>();
    if (known === 'too long') return undefined;
    const current = await readHistory(place, known);
    // A history seldom becomes shorter, so one that is too long is not listed again.
    branches.set(targetKey, current ?? 'too long');
    return current && new Set([...current.values()].flat());
  };
}

/**
 * The environments that each commit of a history names, by the commit.
 *
 * @param known the commits that were read before; a branch that was replaced has lost some
 */
async function readHistory(
  { tip, repository }: RestorePlace,
  known: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  const current = new Map<string, readonly string[]>();
  let listed = 0;
  let toRead = 0;
  const isNew = (firstLine: string, commit: string): boolean => {
    listed += 1;
    if (!firstLine.includes('deploy')) return false;
    const before = known.get(commit);
    if (before) current.set(commit, before);
    else toRead += 1;
    return !before;
  };
  for await (const { commit, message } of repository.history(tip.commit, '', listedCommits, isNew)) {
    if (toRead > readMessages) return undefined;
    const named = parseTrailers(message).map(({ route, environment }) => updateKey({ route, environment }));
    current.set(commit, named);
  }
  return listed < listedCommits ? current : undefined;
}
