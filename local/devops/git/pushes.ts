import type { GitPush } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { Call } from '../server/call.ts';
import { identityRef } from '../server/identity.ts';
import { readJson } from '../server/json-body.ts';
import type { HostedRepository } from '../server/platform.ts';
import type { PushRecord } from '../server/push-log.ts';
import { json, list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { ServiceError } from '../server/service-error.ts';
import { listCommits } from './commit-ref.ts';
import { createPush } from './create-push.ts';
import { repositoryResource } from './git-resource.ts';
import { refuseDirectPush } from '../pull-requests/policy.ts';
import { checkPush, pushSchema } from './push-request.ts';

/** Pushes: making one is how files are changed without a clone. */
export const pushes = repositoryResource({
  id: 'ea98d07b-3c87-4971-8ede-a613694ffb55',
  name: 'pushes',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{pushId}',
  resourceVersion: 3,
  methods: { POST: postPush, GET: getPushes },
});

async function postPush(call: Call, repository: HostedRepository): Promise<Reply> {
  const request = checkPush(await readJson(call, pushSchema));
  refuseDirectPush(repository, request.ref);
  const { refUpdate, commit, commitId } = await createPush(repository, request, call.platform.now());
  const record = call.platform.recordPush(repository, { refUpdates: [refUpdate], commits: [commitId] });
  const body: GitPush = { commits: [commit], ...describePush(call, repository, record, true) };
  return json(body, 201);
}

async function getPushes(call: Call, repository: HostedRepository): Promise<Reply> {
  const { query, route } = call;
  if (route.pushId !== undefined) return json(await onePush(call, repository, Number(route.pushId)));
  const ref = query.text('searchCriteria.refName');
  const since = new Date(query.text('searchCriteria.fromDate') ?? 0);
  const until = new Date(query.text('searchCriteria.toDate') ?? '9999-12-31');
  const found = repository.pushes
    .all()
    .filter(
      ({ refUpdates, date }) =>
        date >= since && date <= until && refUpdates.some(({ name }) => ref === undefined || name === ref),
    )
    .toReversed();
  const skip = query.count(0, '$skip', 'searchCriteria.$skip');
  const page = found.slice(skip, skip + query.count(100, '$top', 'searchCriteria.$top'));
  const withRefs = query.flag('searchCriteria.includeRefUpdates');
  return list(page.map((record) => describePush(call, repository, record, withRefs)));
}

async function onePush(call: Call, repository: HostedRepository, pushId: number): Promise<GitPush> {
  const record = repository.pushes.get(pushId);
  if (record === undefined) throw new ServiceError('GitPushNotFoundException', `TF401177: There is no push ${pushId}.`);
  const commits = record.commits.slice(0, call.query.count(100, 'includeCommits'));
  return {
    commits: await listCommits(repository, commits),
    ...describePush(call, repository, record, call.query.text('includeRefUpdates') !== 'false'),
  };
}

function describePush(
  { platform, organization }: Call,
  { id, apiUrl }: HostedRepository,
  { pushId, date, refUpdates }: PushRecord,
  withRefUpdates: boolean,
): GitPush {
  const base = platform.organizationUrl(organization);
  const url = `${apiUrl}/pushes/${pushId}`;
  return {
    ...(withRefUpdates ? { refUpdates: refUpdates.map((update) => ({ repositoryId: id, ...update })) } : {}),
    pushedBy: identityRef(base),
    pushId,
    date,
    url,
    _links: {
      self: href(url),
      repository: href(apiUrl),
      commits: href(`${url}/commits`),
      pusher: href(identityRef(base).url ?? base),
      refs: href(`${apiUrl}/refs/${refUpdates[0]?.name ?? ''}`),
    },
  };
}

function href(url: string): { href: string } {
  return { href: url };
}
