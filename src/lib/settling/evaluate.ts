import type { Clock } from '../model/clock.ts';
import { Failure } from '../model/failure.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Environment } from '../routes/route.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import type { Deployment } from '../model/deployment.ts';
import { weigh } from './classify.ts';
import type { FailedResource, Progress, ProgressState } from '../model/progress.ts';
import type { Revisions } from './revisions.ts';
import { maxFailures } from './read-facts.ts';
import { runsImage } from './running-image.ts';
import { lookFrom } from './compare.ts';
import type { SightAtRevision } from './compare.ts';
import type { SyncFacts } from './sync-facts.ts';

/** A resource that is not healthy, and the images that it runs. */
export interface BlamedResource extends FailedResource {
  readonly images: readonly string[];
}

export interface JudgeDeps {
  readonly revisions: Revisions;
  readonly now: Clock;
  readonly findEnvironment: (update: Deployment['update']) => Promise<Environment | undefined>;
  /** What a result says of the repository at a URL. */
  readonly factsOf: (result: SyncResult, repository: string) => SyncFacts;
}

/** A sync result of an application, as it is looked at for many deployments. */
export interface Judged {
  readonly application: string;
  readonly result: SyncResult;
  /** Whether it is the last of the application: only that says what is so now. */
  readonly isLast: boolean;
  /** Whether more than one environment of a route is deployed by the application. */
  readonly isShared: () => Promise<boolean>;
  /** The resources that are not healthy now; `undefined` where Argo CD is not asked, or does not tell. */
  readonly blame: () => Promise<readonly BlamedResource[] | undefined>;
}

/** What a sync result shows of a deployment. */
export interface Verdict {
  readonly progress: Progress;
  /** When to look again whether the application is still degraded, in milliseconds since 1970. */
  readonly checkAt?: number;
}

/**
 * What a sync result shows of a deployment; `undefined` where it says nothing of it: its revision has not got the commit,
 * or no route writes the image any more.
 *
 * @throws {Failure} what the Git host answered
 */
export async function judge(deployment: Deployment, judged: Judged, deps: JudgeDeps): Promise<Verdict | undefined> {
  const environment = await deps.findEnvironment(deployment.update);
  if (!environment) return undefined;
  const resolved = { update: deployment.update, environment };
  const facts = deps.factsOf(judged.result, environment.repository);
  const sight = await lookFrom(facts, deployment, deployment.progress?.[judged.application], resolved, deps.revisions);
  if (!sight) return undefined;
  const evidence = weigh(facts, sight, environment.failureAfterSeconds * 1000);
  const now = deps.now();
  const verdict = (state: ProgressState, more: Partial<Progress> = {}): Verdict => ({
    progress: { state, at: now.toISOString(), ...revisionOf(sight), ...more },
  });
  if (evidence.kind === 'degrading') {
    if (!judged.isLast) return verdict('syncing');
    if (now.getTime() < evidence.until) return { ...verdict('syncing'), checkAt: evidence.until };
    return judgeDegraded(facts, resolved, judged, verdict);
  }
  switch (evidence.state) {
    case 'degraded':
      return judgeDegraded(facts, resolved, judged, verdict);
    case 'failed':
      return verdict('failed', {
        reason: facts.message ?? `the sync ended ${facts.operation?.phase}`,
        ...failuresOf(facts.failed),
      });
    case 'healthy': {
      const runs = runsImage(resolved, facts);
      return verdict('healthy', runs === undefined ? {} : { runs });
    }
    case 'superseded':
      return verdict('superseded', { reason: supersededBy(sight, resolved) });
    case 'syncing':
      return verdict('syncing');
    default:
      return evidence.state satisfies never;
  }
}

/** Of an application that several routes share, a failing resource fails those whose image it runs. */
async function judgeDegraded(
  { healthSince, degraded }: SyncFacts,
  resolved: ResolvedUpdate,
  { isShared, blame }: Judged,
  verdict: (state: ProgressState, more?: Partial<Progress>) => Verdict,
): Promise<Verdict> {
  const since = healthSince === undefined ? '' : ` since ${healthSince}`;
  if (!(await isShared())) {
    // What it says here is for people only: without it the state is the same.
    const told = await blame().catch(nothing);
    return verdict('degraded', { reason: `degraded${since}`, ...failuresOf(told ?? degraded) });
  }
  const blamed = await blame().catch(nothingWherePermanent);
  if (blamed === undefined) {
    return verdict('degraded', { reason: `degraded (shared application)${since}`, ...failuresOf(degraded) });
  }
  const own = blamed.filter(({ images }) => runsImage(resolved, { images, hasAllImages: true, charts: [] }) === true);
  return own.length === 0
    ? verdict('syncing')
    : verdict('degraded', { reason: `degraded${since}`, ...failuresOf(own) });
}

function nothing(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

/** An Argo CD that does not let us in will not do so later; one that is out of reach is asked again. */
function nothingWherePermanent(error: unknown): undefined {
  if (!(error instanceof Failure) || error.kind === 'retryable') throw error;
}

function failuresOf(resources: readonly FailedResource[]): Pick<Progress, 'failures'> {
  const failures = resources
    .slice(0, maxFailures)
    .map(({ resource, message }) => (message === undefined ? { resource } : { resource, message }));
  return failures.length === 0 ? {} : { failures };
}

function revisionOf({ revision }: SightAtRevision): Pick<Progress, 'revision'> {
  return revision === undefined ? {} : { revision };
}

function supersededBy({ revision }: SightAtRevision, { update }: ResolvedUpdate): string {
  const where = revision === undefined ? 'what runs' : revision.slice(0, 10);
  return `${where} holds another value than ${update.image.tag}`;
}
