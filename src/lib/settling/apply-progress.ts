import { moveTo } from '../model/deployment.ts';
import { mayBeSettled } from '../model/is-open.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { join } from '../model/progress.ts';
import type { Progress, ProgressByApplication } from '../model/progress.ts';

/** The record after a sync result of one of its applications; `undefined` if the result changes nothing. */
export function applyProgress(
  deployment: Deployment,
  application: string,
  shown: Progress,
  now: Date,
  isLast = false,
): Deployment | undefined {
  if (!mayBeSettled(deployment) || !deployment.applications?.includes(application)) return undefined;
  const known = deployment.progress?.[application];
  const progress = join(known, shown, isLast);
  if (progress === known) return undefined;
  const all = { ...deployment.progress, [application]: progress };
  const { state, reason } = summarize(deployment.applications, all);
  const { warning: _warning, reason: _reason, ...rest } = deployment;
  const warning = state === 'healthy' ? warningOf(deployment.applications, all) : undefined;
  const next = { ...rest, progress: all, ...(warning !== undefined && { warning }) };
  const { syncedBy } = progress;
  const details = { ...(reason !== undefined && { reason }), ...(syncedBy !== undefined && { syncedBy }) };
  return moveTo(next, state, details, now);
}

/**
 * The state of a deployment by its applications. It is `healthy` when all are. One failed or degraded application fails
 * it at once. One application with another value supersedes it, independent of the others.
 */
function summarize(
  applications: readonly string[],
  progress: ProgressByApplication,
): { readonly state: DeploymentState; readonly reason?: string } {
  for (const state of ['failed', 'degraded'] as const) {
    const found = applications.find((name) => progress[name]?.state === state);
    if (found !== undefined) return { state, reason: reasonOf(found, progress) };
  }
  if (applications.every((name) => progress[name]?.state === 'healthy')) return { state: 'healthy' };
  const superseded = applications.find((name) => progress[name]?.state === 'superseded');
  if (superseded !== undefined) return { state: 'superseded', reason: reasonOf(superseded, progress) };
  const pending = applications.find(
    (name) => progress[name]?.state === 'syncing' && progress[name].reason !== undefined,
  );
  return { state: 'syncing', ...(pending !== undefined && { reason: reasonOf(pending, progress) }) };
}

function reasonOf(application: string, progress: ProgressByApplication): string {
  return `${application}: ${progress[application]?.reason ?? progress[application]?.state}`;
}

function warningOf(applications: readonly string[], progress: ProgressByApplication): string | undefined {
  const without = applications.filter((name) => progress[name]?.runs === false);
  const outOfSync = applications.filter((name) => progress[name]?.outOfSync === true);
  const warnings = [
    ...(without.length === 0 ? [] : [`committed, but ${without.join(', ')} does not run this image`]),
    ...(outOfSync.length === 0 ? [] : [`${outOfSync.join(', ')} is OutOfSync`]),
  ];
  return warnings.length === 0 ? undefined : warnings.join('; ');
}

/** Whether an application is healthy with the deployment but does not run its image. */
export function runsWithout({ progress = {} }: Pick<Deployment, 'progress'>): boolean {
  return Object.values(progress).some(({ runs }) => runs === false);
}
