import { z } from 'zod';
import { repositoryResource } from '../git/git-resource.ts';
import { readJson } from '../server/json-body.ts';
import { readJsonPatch } from '../server/json-patch.ts';
import { optional } from '../server/optional.ts';
import type { Call } from '../server/call.ts';
import type { HostedRepository } from '../server/platform.ts';
import { toPropertyValue } from '../server/property-value.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { invalidArgument, ServiceError } from '../server/service-error.ts';
import { readStatus, statusBodySchema } from '../statuses/status.ts';
import { describePullRequestStatus } from './describe-status.ts';
import { findPullRequest } from './find.ts';
import { iterationsOf } from './pull-request.ts';
import type { PullRequest, PullRequestStatus } from './pull-request.ts';

const bodySchema = statusBodySchema.extend({
  iterationId: optional(z.number()),
  properties: optional(z.record(z.string(), z.unknown())),
});
const pullRequest = '{project}/_apis/{area}/repositories/{repositoryId}/pullRequests/{pullRequestId}';

/** The statuses of a pull request as a whole, or of the iteration that the body names. */
export const pullRequestStatuses = repositoryResource({
  id: 'b5f6bb4f-8d1e-4d79-8d11-4c9172c99c35',
  name: 'statuses',
  routeTemplate: `${pullRequest}/{resource}/{statusId}`,
  resourceVersion: 2,
  methods: {
    GET: (call, repository) => getStatuses(call, repository, () => true),
    POST: (call, repository) => postStatus(call, repository, undefined),
    PATCH: async (call, repository) => {
      const operations = await readJsonPatch(call);
      if (operations.some(({ op }) => op !== 'remove')) {
        throw invalidArgument('Statuses can only be removed; post one to add it.', 'op');
      }
      return remove(
        call,
        repository,
        operations.map(({ key }) => key),
      );
    },
    DELETE: (call, repository) => remove(call, repository, [call.route.statusId ?? '']),
  },
});

/** The statuses of one iteration of a pull request: the state of its source branch after a push. */
export const iterationStatuses = repositoryResource({
  id: '75cf11c5-979f-4038-a76e-058a06adf2bf',
  name: 'statuses',
  routeTemplate: `${pullRequest}/iterations/{iterationId}/{resource}/{statusId}`,
  resourceVersion: 2,
  methods: {
    GET: (call, repository) =>
      getStatuses(call, repository, ({ iterationId }) => iterationId === Number(call.route.iterationId)),
    POST: (call, repository) => postStatus(call, repository, Number(call.route.iterationId)),
  },
});

async function getStatuses(
  call: Call,
  repository: HostedRepository,
  isWanted: (status: PullRequestStatus) => boolean,
): Promise<Reply> {
  const found = await findPullRequest(call, repository);
  const statuses = found.statuses.filter(isWanted);
  const describe = (status: PullRequestStatus) => describePullRequestStatus(call, repository, found, status);
  const { statusId } = call.route;
  if (statusId === undefined) return list(statuses.map(describe));
  return json(describe(requireStatus(statuses, statusId)));
}

async function postStatus(call: Call, repository: HostedRepository, iteration: number | undefined): Promise<Reply> {
  const { properties, ...body } = await readJson(call, bodySchema);
  const found = await findPullRequest(call, repository);
  const iterationId = iteration ?? body.iterationId;
  if (iterationId !== undefined) requireIteration(found, iterationId);
  const id = Math.max(0, ...found.statuses.map((status) => status.id)) + 1;
  const typed = Object.entries(properties ?? {}).map(([name, value]) => [name, toPropertyValue(value, name)]);
  const status: PullRequestStatus = {
    ...(iterationId === undefined ? {} : { iterationId }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(typed) }),
    ...readStatus(call, id, body),
  };
  repository.pullRequests.change(found.pullRequestId, (current) => ({
    ...current,
    statuses: [...current.statuses, status],
  }));
  return json(describePullRequestStatus(call, repository, found, status));
}

async function remove(call: Call, repository: HostedRepository, ids: readonly string[]): Promise<Reply> {
  const found = await findPullRequest(call, repository);
  const removed = new Set(ids.map((id) => requireStatus(found.statuses, id).id));
  repository.pullRequests.change(found.pullRequestId, (current) => ({
    ...current,
    statuses: current.statuses.filter(({ id }) => !removed.has(id)),
  }));
  return { status: 204 };
}

function requireStatus(statuses: readonly PullRequestStatus[], id: string): PullRequestStatus {
  const found = statuses.find((status) => String(status.id) === id);
  if (found) return found;
  throw new ServiceError('GitPullRequestStatusNotFoundException', `The pull request has no status ${id}.`);
}

function requireIteration(pullRequest: PullRequest, id: number): void {
  const last = iterationsOf(pullRequest).length;
  if (Number.isInteger(id) && id >= 1 && id <= last) return;
  throw invalidArgument(`The pull request has the iterations 1 to ${last}.`, 'iterationId');
}
