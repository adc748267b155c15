import { z } from 'zod';
import { collectionOfHook } from './collection-of-hook.ts';
import type { HookPlace, Reduced } from './devops-event.ts';
import { malformed } from './malformed.ts';
import { withoutUser } from './without-user.ts';

const pushSchema = z.object({
  repository: z
    .object({ remoteUrl: z.string().min(1).max(1000).nullish() })
    .nullish()
    .catch(undefined),
});

/** `git.push`: routes documents may have changed. Minimal details name the collection, and not the repository. */
export function parsePushResource(resource: unknown, place: HookPlace): Reduced {
  const parsed = pushSchema.safeParse(resource);
  if (!parsed.success) return malformed(parsed.error);
  const remoteUrl = parsed.data.repository?.remoteUrl;
  const collection = collectionOfHook(place, remoteUrl);
  if (collection === undefined) return { kind: 'ignored', reason: 'no-address' };
  return { kind: 'push', collection, ...(remoteUrl && { repository: withoutUser(remoteUrl) }) };
}
