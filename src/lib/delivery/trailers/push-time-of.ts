import type { Commit } from '../../git/repository.ts';
import { believablePush } from '../../model/trailers.ts';
import type { ImageUpdate } from '../../model/trailers.ts';
import type { Environment } from '../../routes/route.ts';

/**
 * The push time by which a proven trailer raises a mark. If its own is missing or unbelievable, the image was pushed before
 * the commit, so the commit's time is the latest possible. `undefined` where push times are the order of tags: there a
 * time that is too late would supersede other pushes.
 */
export function pushTimeOf(
  trailer: ImageUpdate,
  { committedAt }: Pick<Commit, 'committedAt'>,
  { tags }: Pick<Environment, 'tags'>,
  now: Date,
): string | undefined {
  const own = believablePush(trailer, committedAt, now);
  if (own !== undefined || tags.order === 'newest') return own;
  return new Date(Math.min(committedAt.getTime(), now.getTime())).toISOString();
}
