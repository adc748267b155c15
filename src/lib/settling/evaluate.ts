import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { Environment } from '../routes/route.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import type { Deployment } from '../model/deployment.ts';
import type { ApplicationResult } from './application-result.ts';
import { classify } from './classify.ts';
import type { Classification } from './classify.ts';
import type { FailedResource, Progress, ProgressState } from '../model/progress.ts';
import { evaluateBlocked } from './evaluate-blocked.ts';
import type { Evaluation } from './evaluation.ts';
import { maxFailures } from './read-facts.ts';
import { ownHealthIn } from './own-health.ts';
import { runsImage } from './running-image.ts';
import type { ObservationAtRevision } from './observe.ts';
import { observeWritten } from './observe-written.ts';
import type { ObserveDeps } from './observe-written.ts';
import type { SyncFacts } from './sync-facts.ts';

export interface EvaluateDeps extends ObserveDeps {
  readonly now: Clock;
  readonly findEnvironment: (update: Deployment['update']) => Promise<Environment | undefined>;
}

/**
 * Evaluates a sync result for a deployment; `undefined` if its revision does not contain the commit, or no route writes
 * the image any more.
 *
 * @throws {Failure} of the Git host
 */
export async function evaluate(
  deployment: Deployment,
  reported: ApplicationResult,
  deps: EvaluateDeps,
): Promise<Evaluation | undefined> {
  const current = await deps.findEnvironment(deployment.update);
  if (!current) return undefined;
  const { facts, resolved, observation } = await observeWritten(deployment, reported, current, deps);
  const known = deployment.progress?.[reported.application];
  const failureAfterMs = current.failureAfterSeconds * 1000;
  const now = deps.now();
  const replaced = reported.isLast ? failureReplaced(known, facts) : undefined;
  if (!observation) {
    if (!reported.isLast) return undefined;
    if (replaced) return { progress: { state: 'failed', at: now.toISOString(), ...replaced } };
    const refused = refusalOf(deployment, reported.application);
    return evaluateBlocked(facts, deployment, known, refused, { failureAfterMs, now });
  }
  const runs = runsImage(resolved, facts);
  const syncedBy = observation.isOwnOperation ? initiatorOf(facts) : {};
  const classification = classify(facts, { ...observation, runs }, failureAfterMs);
  const evaluation = (state: ProgressState, more: Partial<Progress> = {}): Evaluation => ({
    progress: { state, at: now.toISOString(), ...revisionOf(observation), ...syncedBy, ...more },
  });
  const own = await ownHealthIn(resolved, reported, observation, classification);
  if (own === 'healthy') return evaluation('healthy', { runs: true });
  if (own === 'progressing' && isFailure(classification))
    return evaluation('syncing', { reason: foreignFailure(facts) });
  if (replaced && !isHealthy(classification)) return evaluation('failed', replaced);
  if (classification.kind === 'degrading') {
    if (!reported.isLast) return evaluation('syncing');
    if (now.getTime() < classification.until) return { ...evaluation('syncing'), checkAt: classification.until };
    return evaluateDegraded(facts, resolved, reported, evaluation);
  }
  if (classification.kind === 'failing') {
    if (!reported.isLast) return evaluation('syncing');
    const details = { reason: attemptReason(facts), ...failuresOf(facts.failed) };
    if (now.getTime() >= classification.until) return evaluation('failed', details);
    const { startedAt } = facts.operation ?? {};
    return {
      ...evaluation('syncing', { ...details, ...(startedAt !== undefined && { failing: startedAt }) }),
      checkAt: classification.until,
    };
  }
  switch (classification.state) {
    case 'degraded':
      return evaluateDegraded(facts, resolved, reported, evaluation);
    case 'failed':
      return evaluation('failed', {
        reason: facts.message ?? `the sync ended ${facts.operation?.phase}`,
        ...failuresOf(facts.failed),
      });
    case 'healthy':
      return evaluation('healthy', {
        ...(runs !== undefined && { runs }),
        ...(classification.isOutOfSync && facts.sync === 'OutOfSync' && { outOfSync: true }),
      });
    case 'superseded':
      return evaluation('superseded', { reason: supersededBy(observation, resolved) });
    case 'syncing':
      return evaluation('syncing', reported.isLast ? reasonOf(pendingReason(facts, observation)) : {});
    default:
      return classification.state satisfies never;
  }
}

/** Why Argo CD refused the sync of the application, or of the one that holds its manifest. */
function refusalOf({ syncs = {}, applications = [] }: Deployment, application: string): string | undefined {
  const all = Object.entries(syncs).filter(([name]) => name === application || !applications.includes(name));
  return all.find(([, { refused }]) => refused !== undefined)?.[1].refused;
}

/** The reason of a value that is not deployed yet: manifests that cannot be rendered, or a failed later operation. */
function pendingReason(facts: SyncFacts, { value, revision }: ObservationAtRevision): Pick<Progress, 'reason'> {
  if (facts.comparisonError) return { reason: facts.comparisonError.message };
  if (value !== 'other') return {};
  const why = facts.message === undefined ? '' : `: ${facts.message}`;
  return { reason: `${revision?.slice(0, 10) ?? 'the application'} holds another value, but its sync failed${why}` };
}

function isFailure(classification: Classification): boolean {
  return classification.kind === 'failing' || (classification.kind === 'shown' && classification.state === 'failed');
}

function isHealthy(classification: Classification): boolean {
  return classification.kind === 'shown' && classification.state === 'healthy';
}

/** The reason of a deployment whose own workloads still roll out, while resources of other routes fail. */
function foreignFailure({ failed }: SyncFacts): string {
  return `the sync failed for ${failed.map(({ resource }) => resource).join(', ')}, of another route`;
}

function reasonOf(progress: Pick<Progress, 'reason'> | undefined): Pick<Progress, 'reason'> {
  return progress?.reason === undefined ? {} : { reason: progress.reason };
}

/** `attempt 2 of 5 failed: one or more objects failed to apply`. */
function attemptReason({ operation, retryLimit, message }: SyncFacts): string {
  const limit = retryLimit !== undefined && retryLimit > 0 ? ` of ${retryLimit}` : '';
  return `attempt ${operation?.retryCount ?? 1}${limit} failed${message === undefined ? '' : `: ${message}`}`;
}

/** The failure of an operation whose attempts failed, once a later one has started: its end was not notified. */
function failureReplaced(
  known: Progress | undefined,
  { operation }: SyncFacts,
): Pick<Progress, 'reason' | 'failures'> | undefined {
  if (known?.state !== 'syncing' || known.failing === undefined || !operation) return undefined;
  if (Date.parse(operation.startedAt) <= Date.parse(known.failing)) return undefined;
  const { reason, failures } = known;
  return { ...(reason !== undefined && { reason }), ...(failures && { failures }) };
}

/** In an application that several routes share, a failing resource fails only the deployments whose image it runs. */
async function evaluateDegraded(
  { healthSince, degraded }: SyncFacts,
  resolved: ResolvedUpdate,
  { isShared, resources }: ApplicationResult,
  evaluation: (state: ProgressState, more?: Partial<Progress>) => Evaluation,
): Promise<Evaluation> {
  const since = healthSince === undefined ? '' : ` since ${healthSince}`;
  if (!(await isShared())) {
    // The list is for people only. The state does not depend on it.
    const listed = (await resources().catch(nothing))?.degraded;
    return evaluation('degraded', { reason: `degraded${since}`, ...failuresOf(listed ?? degraded) });
  }
  const blamed = (await resources().catch(nothingWherePermanent))?.degraded;
  if (blamed === undefined) {
    return evaluation('degraded', { reason: `degraded (shared application)${since}`, ...failuresOf(degraded) });
  }
  const own = blamed.filter(({ images }) => runsImage(resolved, { images, hasAllImages: true, charts: [] }) === true);
  return own.length === 0
    ? evaluation('syncing')
    : evaluation('degraded', { reason: `degraded${since}`, ...failuresOf(own) });
}

function nothing(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

/** A permanent failure of Argo CD means that the resources are unknown. A retryable one is thrown. */
function nothingWherePermanent(error: unknown): undefined {
  if (!(error instanceof Failure) || error.kind === 'retryable') throw error;
}

function initiatorOf({ startedBy }: SyncFacts): Pick<Progress, 'syncedBy'> {
  if (!startedBy) return {};
  return { syncedBy: startedBy.orAutomated ? `${startedBy.name} or automated` : startedBy.name };
}

function failuresOf(resources: readonly FailedResource[]): Pick<Progress, 'failures'> {
  const failures = resources
    .slice(0, maxFailures)
    .map(({ resource, message }) => (message === undefined ? { resource } : { resource, message }));
  return failures.length === 0 ? {} : { failures };
}

function revisionOf({ revision }: ObservationAtRevision): Pick<Progress, 'revision'> {
  return revision === undefined ? {} : { revision };
}

function supersededBy({ revision }: ObservationAtRevision, { update }: ResolvedUpdate): string {
  const where = revision === undefined ? 'the cluster' : revision.slice(0, 10);
  return `${where} holds another value than ${update.image.tag}`;
}
