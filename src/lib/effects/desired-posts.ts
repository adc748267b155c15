import { findRecord } from '../deployments/find-record.ts';
import { skipInvalid } from '../deployments/skip-invalid.ts';
import { isReplaced, supersedingImage } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { SettleStore } from '../settling/settle-store.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import { commitUrl } from '../net/commit-url.ts';
import type { Repositories } from '../git/repositories.ts';
import type { Environment } from '../routes/route.ts';
import { jobOf, replayNumber } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import { buildTagsOf } from './build-tags.ts';
import type { BuildTags } from '../azure-devops/build-tags.ts';
import { environmentOf } from './environment-of.ts';
import type { Member } from './member.ts';
import type { Posted } from './posted.ts';
import type { KnownContexts } from './known-contexts.ts';
import { contextsOf, statusesOf } from './statuses-of.ts';
import { filterFor, isMember } from './targets.ts';
import type { StatusTarget } from './targets.ts';

export interface PostDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly store: Pick<DeploymentStore, 'find'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly repositories: Repositories;
  readonly buildTags: BuildTags;
  /** The last sync result of an application. */
  readonly lastResult: SettleStore['lastResult'];
  /** Avoids reads of records that have no part in the requested contexts. */
  readonly contexts: KnownContexts;
}

/** A status or build tag to post on a target. */
export interface Post {
  readonly name: string;
  readonly value: string;
  /** @param last the last post, finished or not */
  readonly post: (last: Posted | undefined) => Promise<void>;
}

/** The largest number of records that are read for a target. Each record beyond it is shown alone. */
const maxMembers = 500;

/**
 * The posts of a target in the contexts that the changed records have a part in. Other contexts are posted when their own
 * records change.
 *
 * @param changed the changed records at the time of their read
 * @param isLater whether they may have changed since
 */
export async function findPosts(
  target: StatusTarget,
  changed: readonly Member[],
  isLater: boolean,
  deps: PostDeps,
): Promise<readonly Post[]> {
  const { members, isAsked } = await membersOf(target, changed, isLater, deps);
  if (target.kind === 'build') {
    return [...buildTagsOf(members)]
      .filter(([name]) => isAsked(name))
      .map(([name, { add, opposite }]) => ({
        name,
        value: add,
        post: (last) => {
          // A post without an answer may have left either tag.
          const mayBeThere = last !== undefined && (!last.done || last.value === opposite);
          return deps.buildTags.setTag(target, { add, ...(mayBeThere ? { remove: opposite } : {}) });
        },
      }));
  }
  const { statuses } = deps.repositories.open(target.repository);
  if (!statuses) return [];
  const argoCd = await argoCdLinks(members, deps);
  const link: Parameters<typeof statusesOf>[1] = (member, application) =>
    (application === undefined ? undefined : argoCd.get(application)) ?? gitLink(member);
  return statusesOf(members, link)
    .filter(({ context }) => isAsked(context.name))
    .map((status) => ({
      name: status.context.name,
      value: [status.state, status.description, status.targetUrl].join(' '),
      post: () =>
        target.kind === 'pull-request'
          ? statuses.postToPullRequest(target.number, status)
          : statuses.postToCommit(target.commit, status),
    }));
}

/** The changed records, and all records that share a context with them on the target. */
async function membersOf(
  target: StatusTarget,
  changed: readonly Member[],
  isLater: boolean,
  deps: PostDeps,
): Promise<{ readonly members: readonly Member[]; readonly isAsked: (name: string) => boolean }> {
  const asked = new Set(changed.flatMap((record) => namesOf(record, target)));
  const listed = await listMembers(target, asked, deps);
  const isListed = new Set(listed.map(({ deployment }) => deployment.update.id));
  const others = changed.filter(({ deployment }) => !isListed.has(deployment.update.id));
  const all = [...listed, ...(isLater ? await readAgain(others, deps) : others)];
  const members = lastOfEachJob(all.filter((member) => isMember(member, target)));
  const isAsked = (name: string): boolean => asked.has(name);
  if (target.kind !== 'pull-request') return { members, isAsked };
  const replaced = await Promise.all(members.map(({ deployment }) => isReplacedIn(target.number, deployment, deps)));
  return { members: members.filter((_member, index) => replaced[index] !== true), isAsked };
}

/** A replay replaces the update that it repeats. */
function lastOfEachJob(members: readonly Member[]): readonly Member[] {
  const last = new Map<string, Member>();
  for (const member of members) {
    const { update } = member.deployment;
    const known = last.get(jobOf(update));
    if (!known || replayNumber(known.deployment.update) < replayNumber(update)) last.set(jobOf(update), member);
  }
  return [...last.values()];
}

async function readAgain(members: readonly Member[], { store }: Pick<PostDeps, 'store'>): Promise<readonly Member[]> {
  const found = await Promise.all(
    members.map(async (member) => {
      const deployment = await findRecord(member.deployment.update, store);
      if (deployment === 'unknown') return [member];
      return deployment ? [{ ...member, deployment }] : [];
    }),
  );
  return found.flat();
}

/** The contexts that a deployment has a part in. */
function namesOf(member: Member, { kind }: StatusTarget): readonly string[] {
  return kind === 'build' ? [member.environment.name] : contextsOf(member);
}

async function listMembers(
  target: StatusTarget,
  asked: ReadonlySet<string>,
  { index, findEnvironment, contexts }: PostDeps,
): Promise<readonly Member[]> {
  const filter = filterFor(target);
  if (!filter) return [];
  const isWanted = ({ id, environment }: { readonly id: string; readonly environment: string }): boolean =>
    target.kind === 'build' ? asked.has(environment) : contexts.get(id)?.some((name) => asked.has(name)) !== false;
  const found: Deployment[] = [];
  for (let after: string | undefined; found.length < maxMembers;) {
    const page = await index.list(filter, { limit: 100, isWanted, ...(after === undefined ? {} : { after }) });
    found.push(...page.deployments);
    after = page.next;
    if (after === undefined) break;
  }
  const members = await Promise.all(
    found.map(async (deployment) => {
      const environment = await environmentOf(deployment, findEnvironment);
      return environment ? [{ deployment, environment }] : [];
    }),
  );
  for (const member of members.flat()) contexts.note(member);
  return members.flat();
}

/** Whether another tag replaced a deployment in its pull request and is shown there. */
async function isReplacedIn(
  number: number,
  deployment: Deployment,
  { index }: Pick<PostDeps, 'index'>,
): Promise<boolean> {
  const { commit, supersededBy, update } = deployment;
  if (!isReplaced(deployment) || commit !== undefined || supersededBy === undefined) return false;
  const { route, environment } = update;
  const { tag } = supersedingImage(supersededBy);
  const { deployments } = await index.list({ route, environment, tag }, { limit: 20 });
  return deployments.some((other) => other.update.id !== update.id && other.pullRequest?.number === number);
}

/** The pages of Argo CD of the applications with a result. */
async function argoCdLinks(
  members: readonly Member[],
  { lastResult }: Pick<PostDeps, 'lastResult'>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set(members.flatMap(({ deployment }) => Object.keys(deployment.progress ?? {})));
  const links = await Promise.all(
    [...names].map(async (name) => {
      const { argocdUrl, application } = (await skipInvalid(lastResult(name)))?.result ?? {};
      if (argocdUrl === undefined || application === undefined) return [];
      const path = [application.namespace, application.name].map(encodeURIComponent).join('/');
      return [[name, `${argocdUrl}/applications/${path}`] as const];
    }),
  );
  return new Map(links.flat());
}

function gitLink({ deployment: { commit, pullRequest, repository = '' } }: Member): string | undefined {
  return commit === undefined ? pullRequest?.url : commitUrl(repository, commit);
}
