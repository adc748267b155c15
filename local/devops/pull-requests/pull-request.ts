import { z } from 'zod';

const reviewerSchema = z.object({ id: z.string(), vote: z.number(), isRequired: z.boolean() });

/** A pull request as it is kept. Enums have the service's own names. */
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
export type Reviewer = z.infer<typeof reviewerSchema>;
export type MergeStrategy = NonNullable<NonNullable<PullRequest['completionOptions']>['mergeStrategy']>;
