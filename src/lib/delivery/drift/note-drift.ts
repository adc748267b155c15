import type { AuditStore } from '../../audit/audit-store.ts';
import type { DeploymentIndex } from '../../deployments/deployment-index.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import type { Commit, GitOpsRepository } from '../../git/repository.ts';
import type { Clock } from '../../model/clock.ts';
import type { Deployment } from '../../model/deployment.ts';
import type { Drift } from '../../model/drift.ts';
import { oneLine } from '../../model/one-line.ts';
import type { Environment } from '../../routes/route.ts';
import { findHeld } from '../../values/find-held.ts';
import { isOurCommit } from '../trailers/proven-updates.ts';
import type { IntentDeps } from '../intents/intent-deps.ts';

export interface NoteDriftDeps extends Pick<IntentDeps, 'findEnvironment'> {
  /** It queues no effects. */
  readonly store: Pick<DeploymentStore, 'update'>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly audit: Pick<AuditStore, 'recordAct'>;
  readonly now: Clock;
}

/** The files of an environment at a commit of its branch. */
export interface DriftPlace {
  /** With the edits of the deployment. */
  readonly environment: Environment;
  readonly revision: string;
  readonly repository: Pick<GitOpsRepository, 'read' | 'history'>;
}

const longestReason = 300;

/**
 * Compares the files with the last deployment of an environment. A value that no commit of tagrelay put there is noted with
 * the deployment, and its commit is added to the audit; the note ends once the files hold the deployment's value again.
 *
 * @throws {Failure} of the Git host or of storage
 */
export async function noteDrift(deployment: Deployment, place: DriftPlace, deps: NoteDriftDeps): Promise<void> {
  const { drift } = deployment;
  const held = await findHeld(deployment.update, place);
  if (held.isOwn === undefined || (drift && held.value === drift.value)) return;
  const commit = held.isOwn ? undefined : await held.findCommit();
  const isDrift = !held.isOwn && !(await isOurs(deployment, held.value, commit, place, deps));
  if (isDrift) await write(deployment, held.value, commit, deps);
  else if (drift) await deps.store.update(deployment.update, (current) => current && withoutDrift(current));
}

function withoutDrift({ drift, ...rest }: Deployment): Deployment | undefined {
  return drift && rest;
}

/**
 * By the trailers of the commit, or by a record that names it. With `delivery: observe` other tools write every value, so
 * there a record of the tag is enough.
 */
async function isOurs(
  { update: { route, environment } }: Deployment,
  value: string,
  commit: Commit | undefined,
  place: DriftPlace,
  deps: NoteDriftDeps,
): Promise<boolean> {
  const hasRecord = async (filter: Parameters<DeploymentIndex['list']>[0]): Promise<boolean> =>
    (await deps.index.list(filter, { limit: 1 })).deployments.length > 0;
  const [tag = ''] = value.split('@');
  if (place.environment.delivery === 'observe' && tag !== '' && (await hasRecord({ route, environment, tag })))
    return true;
  if (!commit) return false;
  return (await isOurCommit(commit, place.repository, deps)) || hasRecord({ commit: commit.commit });
}

async function write(
  { update, states }: Deployment,
  value: string,
  commit: Commit | undefined,
  { store, audit, now }: NoteDriftDeps,
): Promise<void> {
  const { id, route, environment } = update;
  const since = timeOf(commit, states[0]?.at ?? update.pushedAt, now());
  const author = commit?.author;
  const drift: Drift = {
    value,
    since,
    ...(commit && { commit: commit.commit }),
    ...(author !== undefined && { author }),
  };
  if (commit) {
    const entry = {
      kind: 'act' as const,
      at: since,
      act: 'commit' as const,
      route,
      environment,
      deployment: id,
      tag: value,
      actor: author ?? 'unknown author',
      by: 'commit' as const,
      commit: commit.commit,
      reason: oneLine(commit.message.split('\n')[0] ?? '', longestReason),
    };
    // Before the record: a repetition writes the same entry.
    await audit.recordAct(entry, `${id}-${commit.commit.slice(0, 12)}`);
  }
  await store.update(update, (current) => current && { ...current, drift });
}

/** The time of a commit, which anyone can write, between that of the deployment and now. */
function timeOf(commit: Commit | undefined, from: string, now: Date): string {
  const time = commit?.committedAt.getTime() ?? now.getTime();
  return new Date(Math.min(Math.max(time, Date.parse(from)), now.getTime())).toISOString();
}
