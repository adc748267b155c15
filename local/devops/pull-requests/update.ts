import { GitPullRequestMergeStrategy, PullRequestStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import { readEnum } from '../git/version.ts';
import type { Call } from '../server/call.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import type { HostedRepository } from '../server/platform.ts';
import { json } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { refuseSecond, requireBranch, requireIdentity } from './create.ts';
import { describePullRequest } from './describe.ts';
import { findPullRequest } from './find.ts';
import { checkDescription, checkTitle } from './limits.ts';
import { fulfilsPolicies } from './policy.ts';
import type { MergeStrategy, PullRequest } from './pull-request.ts';
import { queueMerge, queueWork } from './work.ts';

const enumValue = z.union([z.string(), z.number()]);
const updateSchema = z.object({
  status: optional(enumValue),
  title: optional(z.string()),
  description: optional(z.string()),
  isDraft: optional(z.boolean()),
  targetRefName: optional(z.string()),
  autoCompleteSetBy: optional(z.object({ id: z.string() })),
  lastMergeSourceCommit: optional(z.object({ commitId: z.string() })),
  completionOptions: optional(
    z.object({
      mergeStrategy: optional(enumValue),
      squashMerge: optional(z.boolean()),
      deleteSourceBranch: optional(z.boolean()),
      mergeCommitMessage: optional(z.string()),
      transitionWorkItems: optional(z.boolean()),
    }),
  ),
});
type Body = z.infer<typeof updateSchema>;

const statuses = {
  active: PullRequestStatus.Active,
  abandoned: PullRequestStatus.Abandoned,
  completed: PullRequestStatus.Completed,
};
const strategies: Readonly<Record<MergeStrategy, GitPullRequestMergeStrategy>> = {
  noFastForward: GitPullRequestMergeStrategy.NoFastForward,
  squash: GitPullRequestMergeStrategy.Squash,
  rebase: GitPullRequestMergeStrategy.Rebase,
  rebaseMerge: GitPullRequestMergeStrategy.RebaseMerge,
};
/** The id that disables auto-complete. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Changes a pull request. A completion happens behind the answer: clients ask until it is `completed`. */
export async function updatePullRequest(call: Call, repository: HostedRepository): Promise<Reply> {
  const body = await readJson(call, updateSchema);
  const found = await findPullRequest(call, repository);
  const status = body.status === undefined ? undefined : readEnum(statuses, body.status, 'status');
  if (found.status === 'completed' || (found.status === 'abandoned' && status !== PullRequestStatus.Active)) {
    throw new ServiceError(
      'GitPullRequestNotEditableException',
      'TF401181: The pull request cannot be edited due to its state.',
    );
  }
  const edited = await retarget(repository, edit(call, found, body), body.targetRefName);
  const next = status === undefined ? edited : withStatus(repository, edited, body, status, call.platform.now());
  repository.pullRequests.put(next);
  if (found.status === 'abandoned' || next.targetRefName !== found.targetRefName)
    queueMerge(call.platform, repository, next);
  else queueWork(call.platform, repository, next.pullRequestId);
  return json(describePullRequest(call, repository, next));
}

/** The pull request into another branch ("Pull Requests - Update": `targetRefName`). Its merge is tried again. */
async function retarget(
  repository: HostedRepository,
  current: PullRequest,
  targetRefName = current.targetRefName,
): Promise<PullRequest> {
  if (targetRefName === current.targetRefName) return current;
  if (targetRefName === current.sourceRefName) {
    throw invalidArgument('The source and target branches must differ.', 'targetRefName');
  }
  const target = await requireBranch(repository, targetRefName);
  refuseSecond(repository, current.sourceRefName, targetRefName);
  const { merge: _merge, ...rest } = current;
  return { ...rest, targetRefName, target };
}

function edit(call: Call, current: PullRequest, body: Body): PullRequest {
  if (body.title !== undefined) checkTitle(body.title);
  if (body.description !== undefined) checkDescription(body.description);
  const { autoCompleteSetBy, ...rest } = current;
  const setBy = body.autoCompleteSetBy?.id.toLowerCase() ?? autoCompleteSetBy;
  if (body.autoCompleteSetBy && setBy !== undefined && setBy !== nobody) requireIdentity(call, setBy);
  return {
    ...rest,
    title: body.title ?? current.title,
    description: body.description ?? current.description,
    isDraft: body.isDraft ?? current.isDraft,
    ...(setBy === undefined || setBy === nobody ? {} : { autoCompleteSetBy: setBy }),
    ...(body.completionOptions
      ? { completionOptions: { ...current.completionOptions, ...completionOptions(body.completionOptions) } }
      : {}),
  };
}

function completionOptions(
  given: NonNullable<Body['completionOptions']>,
): NonNullable<PullRequest['completionOptions']> {
  const { mergeStrategy, squashMerge, ...rest } = given;
  const number =
    mergeStrategy === undefined ? undefined : readEnum(strategies, mergeStrategy, 'completionOptions.mergeStrategy');
  const named = (Object.keys(strategies) as MergeStrategy[]).find((name) => strategies[name] === number);
  const strategy = named ?? (squashMerge === true ? 'squash' : undefined);
  const options = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(options), ...(strategy === undefined ? {} : { mergeStrategy: strategy }) };
}

function withStatus(
  repository: HostedRepository,
  current: PullRequest,
  { lastMergeSourceCommit }: Body,
  status: PullRequestStatus,
  now: Date,
): PullRequest {
  if (status === PullRequestStatus.Active) return { ...current, status: 'active' };
  if (status === PullRequestStatus.Abandoned) {
    const { autoCompleteSetBy: _none, ...rest } = current;
    return { ...rest, status: 'abandoned', closedDate: now.toISOString() };
  }
  if (current.isDraft) throw invalidArgument('A draft cannot be completed; publish it first.', 'status');
  if (lastMergeSourceCommit?.commitId.toLowerCase() !== current.source) {
    throw new ServiceError(
      'GitPullRequestStaleException',
      `TF401192: The source branch has been modified since the last merge attempt.`,
    );
  }
  if (!fulfilsPolicies(repository, current)) {
    throw new ServiceError(
      'GitPullRequestUpdateRejectedByPolicyException',
      'TF402453: The pull request cannot be completed, because one or more branch policies are not fulfilled.',
    );
  }
  return { ...current, isCompleting: true };
}
