import { z } from 'zod';
import { propertyValueSchema } from '../server/property-value.ts';
import { statusSchema } from '../statuses/status.ts';

const reviewerSchema = z.object({ id: z.string(), vote: z.number(), isRequired: z.boolean() });
const propertiesSchema = z.record(z.string(), propertyValueSchema);
const pullRequestStatusSchema = statusSchema.extend({
  iterationId: z.number().exactOptional(),
  properties: propertiesSchema.exactOptional(),
});

/** A stored pull request. Enums have the service's own names. */
export const pullRequestSchema = z.object({
  pullRequestId: z.number(),
  title: z.string(),
  description: z.string(),
  sourceRefName: z.string(),
  targetRefName: z.string(),
  status: z.enum(['active', 'abandoned', 'completed']),
  isDraft: z.boolean(),
  creationDate: z.string(),
  closedDate: z.string().exactOptional(),
  mergeId: z.string(),
  mergeStatus: z.enum(['queued', 'conflicts', 'succeeded', 'rejectedByPolicy', 'failure']),
  /** Tips of the two branches when the merge was tried last. */
  source: z.string(),
  target: z.string(),
  /** The merge as it would be; once completed, the commit on the target. */
  merge: z.string().exactOptional(),
  reviewers: z.array(reviewerSchema).readonly(),
  labels: z.array(z.string()).readonly(),
  workItems: z.array(z.string()).readonly(),
  /** Tips of the source branch, one a push, oldest first. */
  iterations: z
    .array(z.object({ source: z.string(), createdDate: z.string() }))
    .readonly()
    .default([]),
  statuses: z.array(pullRequestStatusSchema).readonly().default([]),
  /** Id of the identity that completes it as soon as policies allow. */
  autoCompleteSetBy: z.string().exactOptional(),
  /** Somebody has asked for the completion, which happens behind the answer. */
  isCompleting: z.boolean(),
  completionOptions: z
    .object({
      mergeStrategy: z.enum(['noFastForward', 'squash', 'rebase', 'rebaseMerge']).exactOptional(),
      deleteSourceBranch: z.boolean().exactOptional(),
      mergeCommitMessage: z.string().exactOptional(),
      transitionWorkItems: z.boolean().exactOptional(),
    })
    .exactOptional(),
});

export type PullRequest = z.infer<typeof pullRequestSchema>;
export type PullRequestStatus = z.infer<typeof pullRequestStatusSchema>;
export type Reviewer = z.infer<typeof reviewerSchema>;
export type MergeStrategy = NonNullable<NonNullable<PullRequest['completionOptions']>['mergeStrategy']>;

/** The states that the source branch has had, one a push. A pull request kept by an older emulator has one. */
export function iterationsOf({ iterations, source, creationDate }: PullRequest): PullRequest['iterations'] {
  return iterations.length > 0 ? iterations : [{ source, createdDate: creationDate }];
}
