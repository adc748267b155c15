import type { Commit } from '../../git/repository.ts';
import { updateKey } from '../../model/tag-update.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { RestorePlace } from './restore-place.ts';

/** Commits of a branch whose first lines are read. */
const searchedCommits = 1_000;
/** Commits whose messages are read, and a Git host may need a request for each. */
const readMessages = 32;

/**
 * The environments, by `updateKey`, that the trailers in the whole history of a branch name. `undefined` where that history
 * is too long, so each environment has to be searched by its files.
 */
export type NamedEnvironments = (place: RestorePlace, targetKey: string) => Promise<ReadonlySet<string> | undefined>;

/** Reads the history of each branch once in this process, and later only what came on top of it. */
export function makeNamedEnvironments(): NamedEnvironments {
  const read = new Map<string, { readonly tip: string; readonly named: ReadonlySet<string> | undefined }>();
  return async (place, targetKey) => {
    const { commit: tip } = place.tip;
    const known = read.get(targetKey);
    // A history that is too long only grows.
    if (known && (known.tip === tip || !known.named)) return known.named;
    const commits = (known && (await commitsSince(known.tip, place))) ?? (await allCommits(place));
    const before = commits?.isWhole === true ? [] : (known?.named ?? []);
    const named = commits && new Set([...before, ...commits.read.flatMap(environmentsIn)]);
    read.set(targetKey, { tip, named });
    return named;
  };
}

interface ReadCommits {
  readonly read: readonly Commit[];
  readonly isWhole: boolean;
}

/** The commits that may be of updates, on top of one whose history was read. */
async function commitsSince(base: string, { tip, repository }: RestorePlace): Promise<ReadCommits | undefined> {
  const { commits, complete } = await repository.above(base, tip.commit, readMessages, mayMatter);
  return complete ? { read: commits, isWhole: false } : undefined;
}

async function allCommits({ tip, repository }: RestorePlace): Promise<ReadCommits | undefined> {
  let listed = 0;
  let wanted = 0;
  const counted = (line: string): boolean => {
    listed += 1;
    if (mayMatter(line)) wanted += 1;
    return mayMatter(line);
  };
  const read: Commit[] = [];
  for await (const commit of repository.history(tip.commit, '', searchedCommits, counted)) {
    if (wanted > readMessages) return undefined;
    read.push(commit);
  }
  return listed < searchedCommits ? { read, isWhole: true } : undefined;
}

function mayMatter(firstLine: string): boolean {
  return firstLine.includes('deploy');
}

function environmentsIn({ message }: Commit): readonly string[] {
  return parseTrailers(message).map(({ route, environment }) => updateKey({ route, environment }));
}
