import { LRUCache } from 'lru-cache';
import { Failure } from '../model/failure.ts';
import type { FailureCode } from '../model/failure.ts';
import type { Repositories } from '../git/repositories.ts';
import { heldValue, isComparable } from '../values/held-value.ts';
import { openInTurn } from '../values/open-in-turn.ts';
import type { TaggedImage } from '../model/tag-update.ts';
import type { Environment } from '../routes/route.ts';
import { heldImage } from '../values/held-image.ts';
import { inspectHeld } from '../values/inspect-held.ts';
import type { OpenedFile, ResolvedUpdate } from '../values/inspect.ts';
import { AnswerCache } from '../async/answer-cache.ts';

/** Facts on revisions, read from Git. A revision never changes, so each fact is read once. */
export interface Revisions {
  /** Whether a revision contains a commit; false if the repository does not have the revision. */
  readonly holds: (repository: string, commit: string, revision: string) => Promise<boolean>;
  /** Asks once for many commits, the newest first, whether a revision holds them. `holds` uses the answer. */
  readonly learn: (repository: string, commits: readonly string[], revision: string) => Promise<void>;
  /** Whose value the scalars of an update hold at a revision; `undefined` if unknown. */
  readonly valueAt: (resolved: ResolvedUpdate, revision: string) => Promise<'own' | 'other' | undefined>;
}

const maxAnswers = 20_000;
/** Fewer commits are asked for one by one. */
const fewestToLearn = 4;
/** Commits that one question reads. */
const maxAbove = 5_000;
/** Files are large: only those of the current results are kept. */
const maxFiles = 64;

/** The image of an environment at a revision; `undefined` if there is none, or several. */
export type ImageAt = (
  place: { readonly environment: Environment; readonly image: string; readonly route: string },
  revision: string,
) => Promise<TaggedImage | undefined>;

export function makeRevisions(repositories: Pick<Repositories, 'open'>): Revisions & { readonly imageAt: ImageAt } {
  const held = new AnswerCache<boolean>({ max: maxAnswers });
  /** Commits that a revision holds. */
  const learnt = new LRUCache<string, true>({ max: maxAnswers });
  const values = new AnswerCache<'own' | 'other' | undefined>({ max: maxAnswers });
  const files = new AnswerCache<OpenedFile>({ max: maxFiles });

  return {
    async holds(url, commit, revision) {
      if (commit === revision) return true;
      const { key, repository } = repositories.open(url);
      if (learnt.has(`${key} ${commit} ${revision}`)) return true;
      try {
        return await held.get(`${key} ${commit} ${revision}`, () => repository.isAncestor(commit, revision));
      } catch (error) {
        return ifMissing(error, false);
      }
    },

    async learn(url, commits, revision) {
      const { key, repository } = repositories.open(url);
      const unknown = new Set(commits.filter((commit) => !learnt.has(`${key} ${commit} ${revision}`)));
      const base = [...unknown].at(-1);
      if (base === undefined || unknown.size < fewestToLearn) return;
      const note = (commit: string): void => {
        learnt.set(`${key} ${commit} ${revision}`, true);
      };
      try {
        const { commits: above, complete } = await repository.above(base, revision, maxAbove, () => false);
        for (const { commit } of above) if (unknown.has(commit)) note(commit);
        if (complete) note(base);
      } catch (error) {
        ifMissing(error, undefined);
      }
    },

    async valueAt(resolved, revision) {
      const { update, environment } = resolved;
      const { key } = repositories.open(environment.repository);
      const question = JSON.stringify([key, revision, update.image, environment.update, environment.missing]);
      try {
        return await values.get(question, () => readValue(resolved, revision));
      } catch (error) {
        return ifMissing(error, undefined);
      }
    },

    async imageAt(place, revision) {
      try {
        return heldImage(inspectHeld(place, await filesAt(place.environment, revision)));
      } catch (error) {
        if (error instanceof Failure && error.kind === 'permanent') return undefined;
        return ifMissing(error, undefined);
      }
    },
  };

  async function readValue(resolved: ResolvedUpdate, revision: string): Promise<'own' | 'other' | undefined> {
    const { environment } = resolved;
    if (!isComparable(resolved)) return undefined;
    return heldValue(resolved, await filesAt(environment, revision));
  }

  async function filesAt(environment: Environment, revision: string): Promise<ReadonlyMap<string, OpenedFile>> {
    const { key, repository } = repositories.open(environment.repository);
    const paths = [...new Set(environment.update.map(({ file }) => file))];
    const opened = await Promise.all(
      paths.map(async (path) => {
        const file = await files.get(`${key} ${revision} ${path}`, async () => {
          const bytes = (await repository.read(revision, [path])).get(path);
          return bytes && (await openInTurn(path, bytes));
        });
        return [path, file] as const;
      }),
    );
    return new Map(opened);
  }
}

/** The failures of Git hosts for a revision that they do not have. */
const missing: ReadonlySet<FailureCode> = new Set(['branch-moved', 'branch-not-found']);

/** The answer if the repository does not have the revision. It is not cached: the commit can arrive later. */
function ifMissing<T>(error: unknown, answer: T): T {
  if (error instanceof Failure && missing.has(error.code)) return answer;
  throw error;
}
