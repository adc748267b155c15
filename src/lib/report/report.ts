import type { Deployment } from '../deployments/deployment.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { FollowStep } from '../deployments/follow-up.ts';
import type { SettleStore } from '../deployments/settle/settle-store.ts';
import { Failure } from '../failure.ts';
import type { Repositories } from '../gitops/repositories.ts';
import type { Log } from '../log.ts';
import type { Environment } from '../routes/route.ts';
import type { TagUpdate } from '../updates/tag-update.ts';
import { buildTagsOf } from './build-tags.ts';
import type { BuildTags } from './build-tags.ts';
import type { Member } from './member.ts';
import type { PostedStore } from './posted.ts';
import { shareRuns } from './share-runs.ts';
import { statusesOf } from './statuses-of.ts';
import { filterFor, isMember, targetKey, targetsOf } from './targets.ts';
import type { ReportTarget } from './targets.ts';

export interface ReportDeps {
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly posted: PostedStore;
  readonly findEnvironment: (update: TagUpdate) => Promise<Environment | undefined>;
  readonly repositories: Repositories;
  readonly buildTags: BuildTags;
  /** What Argo CD said last of an application. */
  readonly lastResult: SettleStore['lastResult'];
}

/** One thing to be shown on a target. */
interface Effect {
  readonly name: string;
  readonly value: string;
  /** @param last what was posted, or begun, before */
  readonly post: (last: string | undefined) => Promise<void>;
}

/** A commit of a group has at most 100 updates; more may share one by chance. */
const maxMembers = 500;
/** What is posted while records change is looked at again; then whoever changed them looks. */
const maxRounds = 5;

/**
 * Shows how a deployment stands: on the GitOps commit, the pull request, the source commit and the build. What is posted
 * is read from all records that share a target, at that moment, and read once more after it was posted: whichever job
 * comes last, the last thing posted is true.
 */
export function makeReport(deps: ReportDeps): FollowStep {
  const share = shareRuns();
  return async (deployment, log) => {
    const environment = await deps.findEnvironment(deployment.update);
    if (!environment) return deployment;
    let retryable: Failure | undefined;
    for (const target of targetsOf({ deployment, environment })) {
      try {
        const self = { deployment, environment };
        // Without a filter a run sees this deployment only, and can stand for no other.
        const run = filterFor(target) ? targetKey(target) : `${targetKey(target)} ${deployment.update.id}`;
        await share(run, () => report(target, self, log, deps));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.kind === 'retryable') retryable ??= error;
        else log('error', 'not-reported', { ...nameOf(target), code: error.code, reason: error.message });
      }
    }
    if (retryable) throw retryable;
    return deployment;
  };
}

async function report(target: ReportTarget, self: Member, log: Log, deps: ReportDeps): Promise<void> {
  const key = targetKey(target);
  for (let round = 0; round < maxRounds; round += 1) {
    const [effects, known] = await Promise.all([effectsOf(target, self, deps), deps.posted.list(key)]);
    const before = new Map(known.map((one) => [one.name, one]));
    const due = effects.filter(({ name, value }) => {
      const last = before.get(name);
      return !last?.done || last.value !== value;
    });
    if (due.length === 0) return;
    for (const { name, value, post } of due) {
      // Announced before: what was posted without an answer is posted again.
      await deps.posted.put(key, { name, value, done: false });
      await post(before.get(name)?.value);
      await deps.posted.put(key, { name, value, done: true });
      log('info', 'reported', { ...nameOf(target), status: name, state: value.split(' ', 1)[0] });
    }
  }
}

async function effectsOf(target: ReportTarget, self: Member, deps: ReportDeps): Promise<readonly Effect[]> {
  const members = await membersOf(target, self, deps);
  if (target.kind === 'build') {
    return [...buildTagsOf(members)].map(([environment, tagging]) => ({
      name: environment,
      value: tagging.add,
      post: (last) =>
        deps.buildTags.setTag(target, {
          add: tagging.add,
          ...(last === tagging.opposite ? { remove: tagging.opposite } : {}),
        }),
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

async function membersOf(target: ReportTarget, self: Member, deps: ReportDeps): Promise<readonly Member[]> {
  const filter = filterFor(target);
  if (!filter) return [self];
  const found: Deployment[] = [];
  for (let after: string | undefined; found.length < maxMembers;) {
    const page = await deps.index.list(filter, { limit: 100, ...(after === undefined ? {} : { after }) });
    found.push(...page.deployments);
    after = page.next;
    if (after === undefined) break;
  }
  const members = await Promise.all(
    found.map(async (deployment) => {
      const environment = await deps.findEnvironment(deployment.update);
      return environment ? [{ deployment, environment }] : [];
    }),
  );
  return members.flat().filter((member) => isMember(member, target));
}

/** Where Argo CD shows the applications that it has told something of. */
async function argoCdLinks(
  members: readonly Member[],
  { lastResult }: Pick<ReportDeps, 'lastResult'>,
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

function nameOf(target: ReportTarget): Parameters<Log>[2] {
  switch (target.kind) {
    case 'commit':
    case 'source':
      return { on: target.kind, repository: target.repository, commit: target.commit };
    case 'pull-request':
      return { on: target.kind, repository: target.repository, pullRequest: target.number };
    case 'build':
      return { on: target.kind, project: target.project, build: target.id };
    default:
      return target satisfies never;
  }
}
