import type { Commit, GitOpsRepository } from '../../git/repository.ts';
import { parseImageReference } from '../../model/image-reference.ts';
import { jobById, tagUpdateSchema } from '../../model/tag-update.ts';
import type { TagUpdate } from '../../model/tag-update.ts';
import { parseTrailers } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import type { Environment } from '../../routes/route.ts';
import { introducesValue } from '../../values/introduces-value.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { automaticRollback } from './automatic-rollback.ts';

interface ProofDeps {
  /** The environment that an update is for, by the current routes. */
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
}

export interface ProvenUpdate {
  readonly trailer: ImageUpdate;
  /** Its push time is the commit's: see `pushTimeOf`. */
  readonly resolved: ResolvedUpdate;
  /** The id is derived from route, environment and image, or from those that a rollback replaces; another id may be of an update that is still to come. */
  readonly isOwnId: boolean;
}

/**
 * The updates that the trailers of a commit name and its diff sets. Anyone can write a trailer, so no other trailer counts.
 */
export async function provenUpdates(
  commit: Commit,
  repository: Pick<GitOpsRepository, 'read'>,
  { findEnvironment }: ProofDeps,
): Promise<readonly ProvenUpdate[]> {
  const proven: ProvenUpdate[] = [];
  for (const trailer of parseTrailers(commit.message)) {
    const named = updateOf(trailer, commit.committedAt);
    const environment = named && (await findEnvironment(named));
    if (!environment || !(await introducesValue({ update: named, environment }, commit, repository))) continue;
    const own =
      jobById(named, trailer.id) ?? (await automaticRollback(named, trailer, environment, commit, repository));
    proven.push({ trailer, resolved: { update: own ?? named, environment }, isOwnId: own !== undefined });
  }
  return proven;
}

/** Whether tagrelay made a commit: it has trailers, and its diff proves each of them. */
export async function isOurCommit(
  commit: Commit,
  repository: Pick<GitOpsRepository, 'read'>,
  deps: ProofDeps,
): Promise<boolean> {
  const trailers = parseTrailers(commit.message);
  return trailers.length > 0 && (await provenUpdates(commit, repository, deps)).length === trailers.length;
}

/**
 * The ids in the trailers of a commit, without those that its diff refutes. A route that is gone since then refutes
 * nothing.
 */
export async function unrefutedIds(
  commit: Commit,
  repository: Pick<GitOpsRepository, 'read'>,
  deps: ProofDeps,
): Promise<ReadonlySet<string>> {
  const ids = new Set((await provenUpdates(commit, repository, deps)).map(({ trailer }) => trailer.id));
  for (const trailer of parseTrailers(commit.message)) {
    const named = updateOf(trailer, commit.committedAt);
    if (named && !(await deps.findEnvironment(named))) ids.add(trailer.id);
  }
  return ids;
}

function updateOf({ id, route, environment, image }: ImageUpdate, committedAt: Date): TagUpdate | undefined {
  const parsed = tagUpdateSchema.safeParse({
    id,
    route,
    environment,
    image: parseImageReference(image),
    pushedAt: committedAt.toISOString(),
  });
  return parsed.success ? parsed.data : undefined;
}
