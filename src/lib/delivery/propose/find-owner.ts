import type { SourceBranch } from '../../model/source-branch.ts';
import type { Commit, GitOpsRepository, Tip } from '../../git/repository.ts';
import { groupBranch, routeBranch } from '../../model/source-branch-name.ts';
import { believablePush, parseTrailers } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { DeliverDeps } from '../delivery.ts';
import { adoptPush, landedIntent } from '../intents/source-branch.ts';
import { introducesValue } from '../../values/introduces-value.ts';
import { tagUpdateSchema } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';

interface Source {
  /** Names the source branch in the store. */
  readonly key: string;
  readonly tip: Tip;
  readonly source: string;
  readonly head: string | undefined;
  readonly row: SourceBranch | undefined;
  /** An active one. */
  readonly hasPullRequest: boolean;
}

export interface FoundOwner {
  /** The head is our own last push, or there is none. */
  readonly isOurs: boolean;
  /** The stored row, with a push that has landed. */
  readonly row: SourceBranch | undefined;
  /** The updates in the branch's own trailers, if the store knows no head. */
  readonly updates: readonly TagUpdate[];
  readonly base?: string;
}

/** Commits of a source branch that are read at most. */
const historyLimit = 20;

/**
 * Whether the head of a source branch is our own last push: by the store, by the intent of a push without an answer, or, if
 * the store knows no head, by trailers that the
 * diffs of its commits prove.
 */
export async function findOwner(
  { key, tip, source, head, row, hasPullRequest }: Source,
  repository: GitOpsRepository,
  deps: Pick<DeliverDeps, 'store' | 'findEnvironment' | 'now'>,
): Promise<FoundOwner> {
  if (head === undefined || head === row?.head) return { isOurs: true, row, updates: [] };
  // An empty branch has nothing to lose; with a pull request someone has removed our commit from it.
  if (head === tip.commit) return { isOurs: !hasPullRequest, row, updates: [] };
  const { commits, complete } = await repository.above(tip.commit, head, historyLimit);
  const ids = new Set(parseTrailers(commits[0]?.message ?? '').map(({ id }) => id));
  const landed = row && landedIntent(row, ids);
  if (landed) {
    const adopted = adoptPush(row, head, landed.id);
    await deps.store.updateSourceBranch(key, (current) => adoptPush(current, head, landed.id));
    return { isOurs: true, row: adopted, updates: [] };
  }
  const updates = row?.head === undefined ? await provenUpdates(commits, source, repository, deps) : [];
  return { isOurs: updates.length > 0, row, updates, ...(complete ? { base: tip.commit } : {}) };
}

/** The updates of the commits from the head down, up to the first commit whose diff does not prove a trailer of the branch. */
async function provenUpdates(
  commits: readonly Commit[],
  source: string,
  repository: GitOpsRepository,
  { findEnvironment, now }: Pick<DeliverDeps, 'findEnvironment' | 'now'>,
): Promise<readonly TagUpdate[]> {
  const proven: TagUpdate[] = [];
  for (const commit of commits) {
    const updates = parseTrailers(commit.message)
      .filter((trailer) => isOfBranch(trailer, source))
      .flatMap((trailer) => updateOf(trailer, believablePush(trailer, commit.committedAt, now())) ?? []);
    const before = proven.length;
    for (const update of updates) {
      const environment = await findEnvironment(update);
      if (environment && (await introducesValue({ update, environment }, commit, repository))) proven.push(update);
    }
    if (proven.length === before) break;
  }
  return proven;
}

function isOfBranch({ route, environment }: ImageUpdate, source: string): boolean {
  const group = groupBranch(environment, '', '');
  return source === routeBranch(route, environment) || source === group || source.startsWith(`${group}=on=`);
}

function updateOf({ id, route, environment, image }: ImageUpdate, pushedAt: string | undefined): TagUpdate | undefined {
  const parsed = tagUpdateSchema.safeParse({
    id,
    route,
    environment,
    image: parseImageReference(image),
    pushedAt,
  });
  return parsed.success ? parsed.data : undefined;
}
