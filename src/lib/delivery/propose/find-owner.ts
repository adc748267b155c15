import type { SourceBranch } from '../../model/source-branch.ts';
import type { GitOpsRepository, Tip } from '../../git/repository.ts';
import { groupBranch, routeBranch } from '../../model/source-branch-name.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import type { DeliverDeps } from '../delivery.ts';
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
  /** What the store says, with a push that has landed. */
  readonly row: SourceBranch | undefined;
  /** What the branch's own trailers say, where the store says nothing. */
  readonly updates: readonly TagUpdate[];
  readonly base?: string;
}

/** How many commits of a source branch are looked at. */
const historyLimit = 20;

/**
 * Whether the head of a source branch is our own last push: by the store, by a push that was announced and whose answer
 * nobody heard, or, where the store knows no head, by the trailers of its last commit.
 */
export async function findOwner(
  { key, tip, source, head, row, hasPullRequest }: Source,
  repository: GitOpsRepository,
  deps: Pick<DeliverDeps, 'store'>,
): Promise<FoundOwner> {
  if (head === undefined || head === row?.head) return { isOurs: true, row, updates: [] };
  // Where nothing is on the branch, nothing is lost; with a pull request somebody has taken our commit off it.
  if (head === tip.commit) return { isOurs: !hasPullRequest, row, updates: [] };
  const { commits, complete } = await repository.above(tip.commit, head, historyLimit);
  const trailers = commits.map(({ message }) => parseTrailers(message));
  const ids = new Set(trailers[0]?.map(({ id }) => id));
  const landed = row?.announced.findLast((push) => push.ids.every((id) => ids.has(id)));
  if (landed) {
    const adopted = adopt(row, head, landed.id);
    await deps.store.updateSourceBranch(key, (current) => adopt(current, head, landed.id));
    return { isOurs: true, row: adopted, updates: [] };
  }
  const strange = trailers.findIndex((found) => !found.some((trailer) => isOfBranch(trailer, source)));
  const own = strange < 0 ? trailers : trailers.slice(0, strange);
  const isOurs = row?.head === undefined && own.length > 0;
  const updates = isOurs ? own.flat().flatMap((trailer) => updateOf(trailer) ?? []) : [];
  return { isOurs, row, updates, ...(complete ? { base: tip.commit } : {}) };
}

/** The row after an announced push has landed as `head`. */
function adopt(row: SourceBranch | undefined, head: string, id: string): SourceBranch | undefined {
  const landed = row?.announced.find((push) => push.id === id);
  if (!row || !landed) return undefined;
  const { base, updates } = landed;
  return { ...row, head, base, updates, announced: row.announced.filter((push) => push !== landed) };
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
