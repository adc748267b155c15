import type { Deployment } from '../deployments/deployment.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { SettleStore } from '../deployments/settle/settle-store.ts';
import type { DeploymentStore } from '../deployments/store.ts';
import type { Repositories } from '../gitops/repositories.ts';
import type { Environment } from '../routes/route.ts';
import type { TagUpdate } from '../updates/tag-update.ts';
import { buildTagsOf } from './build-tags.ts';
import type { BuildTags } from './build-tags.ts';
import type { Member } from './member.ts';
import type { Posted } from './posted.ts';
import { statusesOf } from './statuses-of.ts';
import { filterFor, isMember } from './targets.ts';
import type { ReportTarget } from './targets.ts';

export interface EffectDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly store: Pick<DeploymentStore, 'find'>;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly repositories: Repositories;
  readonly buildTags: BuildTags;
  /** What Argo CD said last of an application. */
  readonly lastResult: SettleStore['lastResult'];
}

/** One thing to be shown on a target. */
export interface Effect {
  readonly name: string;
  readonly value: string;
  /** @param last what was posted, or begun, before */
  readonly post: (last: Posted | undefined) => Promise<void>;
}

/** A commit of a group has at most 100 updates; more may share one by chance. Beyond, each stands for itself. */
const maxMembers = 500;

/**
 * What a target should show.
 *
 * @param askers whose follow-up this is, as they were read
 * @param isLater whether they may have changed since
 */
export async function findEffects(
  target: ReportTarget,
  askers: readonly Member[],
  isLater: boolean,
  deps: EffectDeps,
): Promise<readonly Effect[]> {
  const members = await membersOf(target, askers, isLater, deps);
  if (target.kind === 'build') {
    return [...buildTagsOf(members)].map(([environment, { add, opposite }]) => ({
      name: environment,
      value: add,
      post: (last) => {
        // What was begun and got no answer may have left either.
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
  return statusesOf(members, link).map((status) => ({
    name: status.context.name,
    value: [status.state, status.description, status.targetUrl].join(' '),
    post: () =>
      target.kind === 'pull-request'
        ? statuses.postToPullRequest(target.number, status)
        : statuses.postToCommit(target.commit, status),
  }));
}

async function membersOf(
  target: ReportTarget,
  askers: readonly Member[],
  isLater: boolean,
  deps: EffectDeps,
): Promise<readonly Member[]> {
  const listed = await listMembers(target, deps);
  const isListed = new Set(listed.map(({ deployment }) => deployment.update.id));
  const others = askers.filter(({ deployment }) => !isListed.has(deployment.update.id));
  const asking = await Promise.all(
    others.map(async (asker) => {
      const deployment = isLater ? await deps.store.find(asker.deployment.update) : asker.deployment;
      return deployment ? [{ ...asker, deployment }] : [];
    }),
  );
  const members = [...listed, ...asking.flat()].filter((member) => isMember(member, target));
  if (target.kind !== 'pull-request') return members;
  const replaced = await Promise.all(members.map(({ deployment }) => isReplacedIn(target.number, deployment, deps)));
  return members.filter((_member, index) => replaced[index] !== true);
}

async function listMembers(
  target: ReportTarget,
  { index, findEnvironment }: Pick<EffectDeps, 'index' | 'findEnvironment'>,
): Promise<readonly Member[]> {
  const filter = filterFor(target);
  if (!filter) return [];
  const found: Deployment[] = [];
  for (let after: string | undefined; found.length < maxMembers;) {
    const page = await index.list(filter, { limit: 100, ...(after === undefined ? {} : { after }) });
    found.push(...page.deployments);
    after = page.next;
    if (after === undefined) break;
  }
  const members = await Promise.all(
    found.map(async (deployment) => {
      const environment = await findEnvironment(deployment.update);
      return environment ? [{ deployment, environment }] : [];
    }),
  );
  return members.flat();
}

/** Whether another tag has taken a deployment's place in its pull request, and speaks there now. */
async function isReplacedIn(
  number: number,
  { state, commit, supersededBy, update }: Deployment,
  { index }: Pick<EffectDeps, 'index'>,
): Promise<boolean> {
  if (state !== 'superseded' || commit !== undefined || supersededBy === undefined) return false;
  const { route, environment } = update;
  const tag = supersededBy.replaceAll('+', '_');
  const { deployments } = await index.list({ route, environment, tag }, { limit: 20 });
  return deployments.some((other) => other.update.id !== update.id && other.pullRequest?.number === number);
}

/** Where Argo CD shows the applications that it has told something of. */
async function argoCdLinks(
  members: readonly Member[],
  { lastResult }: Pick<EffectDeps, 'lastResult'>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set(members.flatMap(({ deployment }) => Object.keys(deployment.progress ?? {})));
  const links = await Promise.all(
    [...names].map(async (name) => {
      const { argocdUrl, application } = (await lastResult(name))?.result ?? {};
      if (argocdUrl === undefined || application === undefined) return [];
      const path = [application.namespace, application.name].map(encodeURIComponent).join('/');
      return [[name, `${argocdUrl}/applications/${path}`] as const];
    }),
  );
  return new Map(links.flat());
}

function gitLink({ deployment: { commit, pullRequest, repository = '' } }: Member): string | undefined {
  return commit === undefined ? pullRequest?.url : `${repository.replace(/\.git$/, '')}/commit/${commit}`;
}
