import type { SourceBranch } from '../../model/source-branch.ts';
import type { GitOpsRepository, Tip } from '../../git/repository.ts';
import { groupBranch, routeBranch } from '../../model/source-branch-name.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { DeliverDeps } from '../delivery.ts';
import { adoptPush, landedIntent } from '../intents/source-branch.ts';
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
 * the store knows no head, by the trailers of its last commit.
 */
export async function findOwner(
  { key, tip, source, head, row, hasPullRequest }: Source,
  repository: GitOpsRepository,
  deps: Pick<DeliverDeps, 'store'>,
): Promise<FoundOwner> {
  if (head === undefined || head === row?.head) return { isOurs: true, row, updates: [] };
  // An empty branch has nothing to lose; with a pull request someone has removed our commit from it.
  if (head === tip.commit) return { isOurs: !hasPullRequest, row, updates: [] };
  const { commits, complete } = await repository.above(tip.commit, head, historyLimit);
  const trailers = commits.map(({ message }) => parseTrailers(message));
  const ids = new Set(trailers[0]?.map(({ id }) => id));
  const landed = row && landedIntent(row, ids);
  if (landed) {
    const adopted = adoptPush(row, head, landed.id);
    await deps.store.updateSourceBranch(key, (current) => adoptPush(current, head, landed.id));
    return { isOurs: true, row: adopted, updates: [] };
  }
  const strange = trailers.findIndex((found) => !found.some((trailer) => isOfBranch(trailer, source)));
  const own = strange < 0 ? trailers : trailers.slice(0, strange);
  const isOurs = row?.head === undefined && own.length > 0;
  const updates = isOurs ? own.flat().flatMap((trailer) => updateOf(trailer) ?? []) : [];
  return { isOurs, row, updates, ...(complete ? { base: tip.commit } : {}) };
}

function isOfBranch({ route, environment }: ImageUpdate, source: string): boolean {
  const group = groupBranch(environment, '', '');
  return source === routeBranch(route, environment) || source === group || source.startsWith(`${group}=on=`);
}

function updateOf({ id, route, environment, image, pushed }: ImageUpdate): TagUpdate | undefined {
  const parsed = tagUpdateSchema.safeParse({
    id,
    route,
    environment,
    image: parseImageReference(image),
    pushedAt: pushed,
  });
  return parsed.success ? parsed.data : undefined;
}
