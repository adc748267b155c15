import { git } from '../../../local/git.ts';
import { parseTrailers } from '../../../src/lib/model/trailers.ts';
import type { ImageUpdate } from '../../../src/lib/model/trailers.ts';
import { readBlobs } from '../history.ts';
import { sameValue } from '../slots.ts';
import type { Value } from '../slots.ts';
import { chainEnvironments, fileOf, readChainFile, routeOf } from './routes.ts';
import type { ChainEnvironment } from './routes.ts';

/** A commit that changed what an environment holds. */
export interface ChainChange {
  readonly commit: string;
  /** Its place among the commits of its branch. */
  readonly index: number;
  /** Milliseconds since 1970; Git keeps whole seconds. */
  readonly at: number;
  readonly before: Value;
  readonly value: Value;
  /** Absent for a commit of a person. */
  readonly trailer?: ImageUpdate;
}

export interface ChainHistory {
  readonly branch: string;
  readonly environment: ChainEnvironment;
  readonly changes: readonly ChainChange[];
  /** The place of a commit among those of its branch; -1 if it is not there. */
  readonly indexOf: (commit: string) => number;
}

/** What each environment of a branch held, and who changed it. */
export async function readChainHistories(bare: string, branches: readonly string[]): Promise<readonly ChainHistory[]> {
  return (await Promise.all(branches.map((branch) => readBranch(bare, branch)))).flat();
}

async function readBranch(bare: string, branch: string): Promise<readonly ChainHistory[]> {
  const log = ['log', '--first-parent', '--reverse', '--format=%H%x01%ct%x01%B%x02', `refs/heads/${branch}`];
  const commits = (await git(log, bare))
    .split('\u0002')
    .map((text) => text.trimStart().split('\u0001'))
    .filter(([id]) => id !== undefined && id !== '')
    .map(([commit = '', seconds = '', message = '']) => ({ commit, at: Number(seconds) * 1000, message }));
  const specs = commits.flatMap(({ commit }) => chainEnvironments.map((one) => `${commit}:${fileOf(one)}`));
  const texts = await readBlobs(bare, specs);
  return chainEnvironments.map((environment): ChainHistory => {
    const valueAt = (commit = ''): Value => readChainFile(texts.get(`${commit}:${fileOf(environment)}`) ?? '');
    const changes = commits.flatMap(({ commit, at, message }, index): ChainChange[] => {
      const trailer = parseTrailers(message).find(
        (one) => one.route === routeOf(branch) && one.environment === environment,
      );
      const [before, value] = [valueAt(commits[Math.max(0, index - 1)]?.commit), valueAt(commit)];
      if (sameValue(before, value) && !trailer) return [];
      return [{ commit, index, at, before, value, ...(trailer && { trailer }) }];
    });
    return { branch, environment, changes, indexOf: (id) => commits.findIndex(({ commit }) => commit === id) };
  });
}
