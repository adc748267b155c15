import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Environment } from '../routes/route.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import type { Deployment } from '../model/deployment.ts';
import { classify } from './classify.ts';
import type { FailedResource, Progress, ProgressState } from '../model/progress.ts';
import type { Revisions } from './revisions.ts';
import { maxFailures } from './read-facts.ts';
import { runsImage } from './running-image.ts';
import { observe } from './observe.ts';
import type { ObservationAtRevision } from './observe.ts';
import type { SyncFacts } from './sync-facts.ts';

/** A resource that is not healthy, with its images. */
export interface BlamedResource extends FailedResource {
  readonly images: readonly string[];
}

export interface EvaluateDeps {
  readonly revisions: Revisions;
  readonly now: Clock;
  readonly findEnvironment: (update: Deployment['update']) => Promise<Environment | undefined>;
  /** The facts of a result that concern the repository at a URL. */
  readonly factsOf: (result: SyncResult, repository: string) => SyncFacts;
}

/** A sync result of an application, evaluated for many deployments. */
export interface ApplicationResult {
  readonly application: string;
  readonly result: SyncResult;
  /** Whether it is the last result of the application: only that one shows the present state. */
  readonly isLast: boolean;
  /** Whether the application deploys more than one environment of a route. */
  readonly isShared: () => Promise<boolean>;
  /** The resources that are not healthy now; `undefined` if Argo CD is not asked, or does not list them. */
  readonly blame: () => Promise<readonly BlamedResource[] | undefined>;
}

/** The progress of a deployment by one sync result. */
export interface Evaluation {
  readonly progress: Progress;
  /** When to evaluate the last result again, in milliseconds since 1970: the application may still be degraded then. */
  readonly checkAt?: number;
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
  const environment = await deps.findEnvironment(deployment.update);
  if (!environment) return undefined;
  const resolved = { update: deployment.update, environment };
  const facts = deps.factsOf(reported.result, environment.repository);
  const observation = await observe(
    facts,
    deployment,
    deployment.progress?.[reported.application],
    resolved,
    deps.revisions,
  );
  if (!observation) return undefined;
  const classification = classify(facts, observation, environment.failureAfterSeconds * 1000);
  const now = deps.now();
  const evaluation = (state: ProgressState, more: Partial<Progress> = {}): Evaluation => ({
    progress: { state, at: now.toISOString(), ...revisionOf(observation), ...more },
  });
  if (classification.kind === 'degrading') {
    if (!reported.isLast) return evaluation('syncing');
    if (now.getTime() < classification.until) return { ...evaluation('syncing'), checkAt: classification.until };
    return evaluateDegraded(facts, resolved, reported, evaluation);
  }
  switch (classification.state) {
    case 'degraded':
      return evaluateDegraded(facts, resolved, reported, evaluation);
    case 'failed':
      return evaluation('failed', {
        reason: facts.message ?? `the sync ended ${facts.operation?.phase}`,
        ...failuresOf(facts.failed),
      });
    case 'healthy': {
      const runs = runsImage(resolved, facts);
      return evaluation('healthy', runs === undefined ? {} : { runs });
    }
    case 'superseded':
      return evaluation('superseded', { reason: supersededBy(observation, resolved) });
    case 'syncing':
      return evaluation('syncing');
    default:
      return classification.state satisfies never;
  }
}

/** In an application that several routes share, a failing resource fails only the deployments whose image it runs. */
async function evaluateDegraded(
  { healthSince, degraded }: SyncFacts,
  resolved: ResolvedUpdate,
  { isShared, blame }: ApplicationResult,
  evaluation: (state: ProgressState, more?: Partial<Progress>) => Evaluation,
): Promise<Evaluation> {
  const since = healthSince === undefined ? '' : ` since ${healthSince}`;
  if (!(await isShared())) {
    // The list is for people only. The state does not depend on it.
    const listed = await blame().catch(nothing);
    return evaluation('degraded', { reason: `degraded${since}`, ...failuresOf(listed ?? degraded) });
  }
  const blamed = await blame().catch(nothingWherePermanent);
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
