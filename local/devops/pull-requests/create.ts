import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Call } from '../server/call.ts';
import { readJson } from '../server/json-body.ts';
import { optional } from '../server/optional.ts';
import type { HostedRepository } from '../server/platform.ts';
import { json } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { describePullRequest } from './describe.ts';
import { checkDescription, checkTitle } from './limits.ts';
import type { Reviewer } from './pull-request.ts';
import { queueMerge } from './work.ts';

const createSchema = z.object({
  sourceRefName: z.string(),
  targetRefName: z.string(),
  title: z.string(),
  description: optional(z.string()),
  isDraft: optional(z.boolean()),
  reviewers: optional(z.array(z.object({ id: z.string(), isRequired: optional(z.boolean()) }))),
  labels: optional(z.array(z.object({ name: z.string() }))),
  workItemRefs: optional(z.array(z.object({ id: z.string() }))),
});

/** Opens a pull request. Throws 409 where there is an active one between the two branches. */
export async function createPullRequest(call: Call, repository: HostedRepository): Promise<Reply> {
  const { platform } = call;
  const body = await readJson(call, createSchema);
  const { sourceRefName, targetRefName } = body;
  if (sourceRefName === targetRefName) {
    throw invalidArgument('The source and target branches must differ.', 'sourceRefName');
  }
  checkTitle(body.title);
  checkDescription(body.description ?? '');
  const source = await requireBranch(repository, sourceRefName);
  const target = await requireBranch(repository, targetRefName);
  const reviewers = (body.reviewers ?? []).map(({ id, isRequired = false }): Reviewer => {
    requireIdentity(call, id);
    return { id: id.toLowerCase(), vote: 0, isRequired };
  });
  refuseSecond(repository, sourceRefName, targetRefName);
  const created = queueMerge(platform, repository, {
    pullRequestId: platform.nextPullRequestId(repository.organization),
    title: body.title,
    description: body.description ?? '',
    sourceRefName,
    targetRefName,
    status: 'active',
    isDraft: body.isDraft ?? false,
    creationDate: platform.now().toISOString(),
    mergeId: randomUUID(),
    mergeStatus: 'queued',
    source,
    target,
    reviewers,
    labels: [...new Set((body.labels ?? []).map(({ name }) => name))],
    iterations: [{ source, createdDate: platform.now().toISOString() }],
    statuses: [],
    workItems: (body.workItemRefs ?? []).map(({ id }) => id),
    isCompleting: false,
  });
  return json(describePullRequest(call, repository, created), 201);
}

/** Throws 409 where there is an active pull request between the two branches. */
export function refuseSecond({ pullRequests }: HostedRepository, sourceRefName: string, targetRefName: string): void {
  const exists = pullRequests
    .all()
    .some(
      (known) =>
        known.status === 'active' && known.sourceRefName === sourceRefName && known.targetRefName === targetRefName,
    );
  if (!exists) return;
  throw new ServiceError(
    'GitPullRequestExistsException',
    'TF401179: An active pull request for the source and target branch already exists.',
  );
}

export async function requireBranch({ bare }: HostedRepository, ref: string): Promise<string> {
  const tip = ref.startsWith('refs/heads/') ? await bare.readRef(ref) : undefined;
  if (tip !== undefined) return tip;
  throw invalidArgument(
    `TF401398: The branch '${ref}' does not exist; a branch is named as refs/heads/main.`,
    'refName',
  );
}

/** Throws `GitPullRequestInvalidReviewer` (400) where the id is not the id of an identity: a mail address is not. */
export function requireIdentity({ platform, organization }: Call, id: string): void {
  if (platform.findIdentity(platform.organizationUrl(organization), id)) return;
  throw new ServiceError('GitPullRequestInvalidReviewer', `The reviewer '${id}' is not a valid identity.`);
}
