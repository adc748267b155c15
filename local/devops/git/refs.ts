import { GitRefUpdateStatus } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import type { GitRef, GitRefUpdateResult } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import type { Call } from '../server/call.ts';
import { identityRef } from '../server/identity.ts';
import { readJson } from '../server/json-body.ts';
import type { HostedRepository } from '../server/platform.ts';
import { list } from '../server/reply.ts';
import type { Reply } from '../server/reply.ts';
import { demandsPullRequests } from '../pull-requests/policy.ts';
import { isObjectId, zeroId } from '../store/object-id.ts';
import { isRefName } from '../store/ref-name.ts';
import type { Ref } from '../store/refs.ts';
import { repositoryResource } from './git-resource.ts';

const maxPage = 1000;
const updateSchema = z.object({ name: z.string(), oldObjectId: z.string(), newObjectId: z.string() });

/** Branches, tags and other refs. */
export const refs = repositoryResource({
  id: '2d874a60-a811-4f62-9c9f-963a6ea0a55b',
  name: 'refs',
  routeTemplate: '{project}/_apis/{area}/repositories/{repositoryId}/{resource}/{*filter}',
  resourceVersion: 2,
  methods: { GET: getRefs, POST: postRefs },
});

/** `filter` is the beginning of a name after `refs/`, so `heads/main` lists `heads/main2` too. */
async function getRefs(
  { platform, organization, query, route }: Call,
  { bare, apiUrl }: HostedRepository,
): Promise<Reply> {
  const filter = `refs/${(query.text('filter') ?? route.filter ?? '').replace(/^refs\//, '')}`;
  const part = query.text('filterContains')?.toLowerCase() ?? '';
  const after = Buffer.from(query.text('continuationToken') ?? '', 'base64url').toString('utf8');
  const top = Math.min(query.count(maxPage, '$top'), maxPage);
  const matching = (await bare.listRefs(filter)).filter(
    ({ name }) => name.toLowerCase().includes(part) && (after === '' || isAfter(name, after)),
  );
  const page = matching.slice(0, top);
  const creator = identityRef(platform.organizationUrl(organization));
  const peel = async ({ objectId }: Ref): Promise<Pick<GitRef, 'peeledObjectId'>> => {
    const commitId = query.flag('peelTags') ? await bare.peelToCommit(objectId) : undefined;
    return commitId === undefined || commitId === objectId ? {} : { peeledObjectId: commitId };
  };
  const body = page.map(async (ref): Promise<GitRef> => {
    const url = `${apiUrl}/refs?filter=${encodeURIComponent(ref.name.slice('refs/'.length))}`;
    return { name: ref.name, objectId: ref.objectId, ...(await peel(ref)), creator, url };
  });
  const last = page.at(-1);
  const hasMore = last !== undefined && page.length < matching.length;
  const headers = hasMore ? { 'x-ms-continuationtoken': Buffer.from(last.name).toString('base64url') } : {};
  return list(await Promise.all(body), headers);
}

/** Always 200; the result of each update is in its entry. */
async function postRefs(call: Call, repository: HostedRepository): Promise<Reply> {
  const updates = await readJson(call, z.array(updateSchema));
  const results: GitRefUpdateResult[] = [];
  for (const { name, oldObjectId, newObjectId } of updates) {
    const update = { name, oldObjectId: oldObjectId.toLowerCase(), newObjectId: newObjectId.toLowerCase() };
    const updateStatus = await updateOne(repository, update);
    const success =
      updateStatus === GitRefUpdateStatus.Succeeded || updateStatus === GitRefUpdateStatus.SucceededNonExistentRef;
    results.push({ repositoryId: repository.id, ...update, isLocked: false, updateStatus, success });
    if (updateStatus === GitRefUpdateStatus.Succeeded) {
      call.platform.recordPush(repository, { refUpdates: [update], commits: [] });
    }
  }
  return list(results);
}

async function updateOne(
  repository: HostedRepository,
  { name, oldObjectId, newObjectId }: z.infer<typeof updateSchema>,
): Promise<GitRefUpdateStatus> {
  const { bare } = repository;
  if (!isRefName(name)) return GitRefUpdateStatus.InvalidRefName;
  if (!isObjectId(oldObjectId) || !isObjectId(newObjectId)) return GitRefUpdateStatus.UnresolvableToCommit;
  if (demandsPullRequests(repository, name)) return GitRefUpdateStatus.RejectedByPolicy;
  const isDeletion = newObjectId === zeroId;
  if (isDeletion && (await bare.readRef(name)) === undefined) return GitRefUpdateStatus.SucceededNonExistentRef;
  if (isDeletion && oldObjectId === zeroId) return GitRefUpdateStatus.StaleOldObjectId;
  if (!isDeletion && !(await canBeNamed(name, () => bare.peelToCommit(newObjectId), newObjectId))) {
    return GitRefUpdateStatus.UnresolvableToCommit;
  }
  const outcome = await bare.updateRef({ name, from: oldObjectId, to: newObjectId });
  if (outcome === 'stale') return GitRefUpdateStatus.StaleOldObjectId;
  return outcome === 'name-conflict' ? GitRefUpdateStatus.RefNameConflict : GitRefUpdateStatus.Succeeded;
}

/** A branch names a commit itself; other refs may name a tag that leads to one. */
async function canBeNamed(name: string, peel: () => Promise<string | undefined>, id: string): Promise<boolean> {
  const commitId = await peel();
  return name.startsWith('refs/heads/') ? commitId === id : commitId !== undefined;
}

function isAfter(name: string, other: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(other)) > 0;
}
