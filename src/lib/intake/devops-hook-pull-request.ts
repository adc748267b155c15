import { z } from 'zod';
import { sourcePrefix } from '../model/source-branch-name.ts';
import { collectionOfHook } from './collection-of-hook.ts';
import type { HookPlace, Reduced } from './devops-event.ts';
import { malformed } from './malformed.ts';

const text = z.string().min(1).max(1000);
const pullRequestSchema = z.object({
  pullRequestId: z.int().min(0).max(2_147_483_647),
  sourceRefName: text.nullish(),
  repository: z.object({ remoteUrl: text.nullish() }).nullish(),
});

/**
 * `git.pullrequest.merged` and `git.pullrequest.updated`. The former reports a computed merge, also of an open pull
 * request; so both only mean that a pull request of ours may have changed.
 */
export function parsePullRequestResource(resource: unknown, place: HookPlace): Reduced {
  const parsed = pullRequestSchema.safeParse(resource);
  if (!parsed.success) return malformed(parsed.error);
  const { pullRequestId: number, sourceRefName, repository } = parsed.data;
  if (number === 0) return { kind: 'ignored', reason: 'sample' };
  const isOthers = sourceRefName && !sourceRefName.startsWith(`refs/heads/${sourcePrefix}`);
  if (isOthers) return { kind: 'ignored', reason: 'not-our-branch' };
  const collection = collectionOfHook(place, repository?.remoteUrl);
  return collection === undefined
    ? { kind: 'ignored', reason: 'no-address' }
    : { kind: 'pull-request', collection, number };
}
