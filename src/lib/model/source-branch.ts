import { z } from 'zod';
import { tagUpdateSchema } from './tag-update.ts';

const updatesSchema = z.array(tagUpdateSchema).readonly();

/** A push to a source branch that may have happened: stored before it is sent. */
const announcedPushSchema = z.object({
  id: z.string(),
  /** The ids that the commit's trailers have. */
  ids: z.array(z.string()).readonly(),
  /** The target's commit that the branch is made from, once the push has landed. */
  base: z.string(),
  /** Everything that the branch proposes, once the push has landed. */
  updates: updatesSchema,
  /** ISO 8601. */
  at: z.string(),
});

/** A closed pull request that a person can re-open. */
const closedPullRequestSchema = z.object({
  number: z.number(),
  url: z.string(),
  updates: updatesSchema,
  head: z.string().exactOptional(),
  base: z.string().exactOptional(),
  /** Closed because none of its updates was left; absent if a person closed it. */
  closedBy: z.literal('tagrelay').exactOptional(),
  /** When the closure was noticed, ISO 8601. */
  at: z.string(),
});

/** A branch of ours that proposes tag updates, and its pull request. */
export const sourceBranchSchema = z.object({
  /** URL of the repository, as the route has it. */
  repository: z.string(),
  /** Without `refs/heads/`, as `target`. */
  source: z.string(),
  target: z.string(),
  /** Our last push; a branch that is elsewhere is somebody else's. */
  head: z.string().exactOptional(),
  /** The target's commit that the branch is made from. */
  base: z.string().exactOptional(),
  /** The updates that the branch proposes. */
  updates: updatesSchema,
  pullRequest: z.object({ number: z.number(), url: z.string() }).readonly().exactOptional(),
  announced: z.array(announcedPushSchema).readonly(),
  /** tagrelay completes the pull request, as soon as sources, windows and the Git host allow it. */
  completion: z
    .object({
      /** The next try, ISO 8601. */
      at: z.string(),
      /** Why the last one did not complete it. */
      refused: z.string().exactOptional(),
    })
    .readonly()
    .exactOptional(),
  /** The statuses of a promotion on its pull request. */
  statuses: z
    .object({
      /** When the sources are asked again, ISO 8601. */
      at: z.string(),
      /** The head that they were posted at. */
      head: z.string(),
      /** The last posts by name, as text to compare. */
      posted: z.record(z.string(), z.string()).readonly(),
    })
    .readonly()
    .exactOptional(),
  closed: z.array(closedPullRequestSchema).readonly().exactOptional(),
});

export type ClosedPullRequest = Readonly<z.infer<typeof closedPullRequestSchema>>;
export type SourceIntent = Readonly<z.infer<typeof announcedPushSchema>>;
export type SourceBranch = Readonly<z.infer<typeof sourceBranchSchema>>;
