import type { Clock } from '../model/clock.ts';
import type { Mark } from '../model/deployment.ts';
import { Failure } from '../model/failure.ts';
import type { Commit, GitOpsRepository, Tip } from '../git/repository.ts';
import { believablePush, parseTrailers } from '../model/trailers.ts';
import { parseImageReference } from '../model/image-reference.ts';
import { tagsToDate } from './plan/decide.ts';
import type { PushTimes } from './plan/decide.ts';
import type { Inspection } from '../values/inspect.ts';
import { introducesValue } from '../values/introduces-value.ts';
import { policyTag } from '../values/policy-tag.ts';
import type { Registry } from '../registry/registry.ts';
import type { TaggedImage } from '../model/tag-update.ts';

/** Commits in which the one that wrote a tag is searched. */
const historyLimit = 20;

export interface PushTimeSources {
  readonly repository: GitOpsRepository;
  readonly registry: Registry | undefined;
  readonly now: Clock;
}

/**
 * The push times of the tags in the files: from the mark, else from the registry, else from the trailers of the commits
 * that wrote them. A registry that does not answer is a failure. A registry that does not have the tag, or
 * refuses access, is skipped.
 */
export async function datePushes(
  tip: Tip,
  inspection: Inspection,
  mark: Mark | undefined,
  { repository, registry, now }: PushTimeSources,
): Promise<PushTimes> {
  const times = new Map<string, Date>();
  const wanted = new Set(tagsToDate(inspection));
  if (mark && wanted.delete(mark.tag)) times.set(mark.tag, new Date(mark.pushedAt));
  const { image } = inspection.resolved.update;
  for (const tag of wanted) {
    const time = tag === image.tag ? undefined : await timeInRegistry({ ...image, tag }, registry);
    if (time && wanted.delete(tag)) times.set(tag, time);
  }
  for (const file of new Set(inspection.changes.map((change) => change.file))) {
    if (wanted.size === 0) break;
    for await (const commit of repository.history(tip.commit, file, historyLimit)) {
      for (const { tag, pushed, image } of ownTrailers(commit, inspection, now())) {
        if (wanted.has(tag) && (await isProven(image, commit, inspection, repository))) {
          wanted.delete(tag);
          times.set(tag, pushed);
        }
      }
      if (wanted.size === 0) break;
    }
  }
  return times;
}

/** A trailer counts only in a commit whose diff sets its value. */
function isProven(
  image: TaggedImage,
  commit: Commit,
  { resolved }: Inspection,
  repository: GitOpsRepository,
): Promise<boolean> {
  return introducesValue({ ...resolved, update: { ...resolved.update, image } }, commit, repository);
}

async function timeInRegistry(image: TaggedImage, registry: Registry | undefined): Promise<Date | undefined> {
  try {
    return (await registry?.lookUp(image, { awaitReplicas: false }))?.lastUpdateTime;
  } catch (error) {
    if (error instanceof Failure && error.code === 'registry-sign-in-failed') return undefined;
    throw error;
  }
}

interface DatedTrailer {
  /** As tag policies read it. */
  readonly tag: string;
  readonly pushed: Date;
  readonly image: TaggedImage;
}

function ownTrailers(
  { message, committedAt }: Commit,
  { resolved: { update, environment } }: Inspection,
  now: Date,
): DatedTrailer[] {
  return parseTrailers(message).flatMap((trailer) => {
    if (trailer.route !== update.route || trailer.environment !== environment.name) return [];
    const reference = parseImageReference(trailer.image);
    const pushed = believablePush(trailer, committedAt, now);
    if (reference?.tag === undefined || pushed === undefined) return [];
    const image = { ...reference, tag: reference.tag };
    return [{ tag: policyTag(environment, image.tag), pushed: new Date(pushed), image }];
  });
}
