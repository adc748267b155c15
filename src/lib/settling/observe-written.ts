import type { SyncResult } from '../intake/sync-result.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';
import type { ResolvedUpdate } from '../values/inspect.ts';
import { writtenEnvironment } from '../values/written-environment.ts';
import type { ApplicationResult } from './application-result.ts';
import { observe } from './observe.ts';
import type { ObservationAtRevision } from './observe.ts';
import type { Revisions } from './revisions.ts';
import { runsImage } from './running-image.ts';
import type { SyncFacts } from './sync-facts.ts';

export interface ObserveDeps {
  readonly revisions: Revisions;
  /** The facts of a result that concern the repository at a URL. */
  readonly factsOf: (result: SyncResult, repository: string) => SyncFacts;
}

interface WrittenObservation {
  readonly facts: SyncFacts;
  readonly resolved: ResolvedUpdate;
  readonly observation: ObservationAtRevision | undefined;
}

/**
 * Observes a deployment at the place that it was written to. If the route has another place by now, the value counts in
 * both: the file may have moved with the route. If only the former place holds it, the running images decide between the
 * two. An application that reads another repository by now is compared by its running images.
 *
 * @param current the environment by the route of now
 * @throws {Failure} of the Git host
 */
export async function observeWritten(
  deployment: Deployment,
  { application, result }: ApplicationResult,
  current: Environment,
  { factsOf, revisions }: ObserveDeps,
): Promise<WrittenObservation> {
  const { update, progress } = deployment;
  const known = progress?.[application];
  const environment = writtenEnvironment(current, deployment);
  const resolved = { update, environment };
  const facts = factsOf(result, environment.repository);
  if (environment === current)
    return { facts, resolved, observation: await observe(facts, deployment, known, resolved, revisions) };
  const now = { update, environment: current };
  if (environment.repository !== current.repository && !isSource(facts)) {
    const others = factsOf(result, current.repository);
    const hasLeft = isSource(others);
    return {
      facts: others,
      resolved,
      observation: await observe(others, deployment, known, resolved, revisions, hasLeft),
    };
  }
  const isMovedWithin = environment.repository === current.repository;
  const inBoth = isMovedWithin ? ownInEither(now, revisions) : revisions;
  const observation = await observe(facts, deployment, known, resolved, inBoth);
  const { value, revision } = observation ?? {};
  const isUnused = value === 'own' && runsImage(resolved, facts) === false;
  if (!observation || revision === undefined || !isMovedWithin || !isUnused) return { facts, resolved, observation };
  const isReplaced = (await revisions.valueAt(now, revision)) === 'other';
  return { facts, resolved, observation: isReplaced ? { ...observation, value: 'other' } : observation };
}

/** Whether an application reads the repository of these facts. */
function isSource({ compared, operated }: SyncFacts): boolean {
  return compared.length > 0 || operated.length > 0;
}

function ownInEither(now: ResolvedUpdate, revisions: Revisions): Revisions {
  return {
    ...revisions,
    async valueAt(resolved, revision) {
      const written = await revisions.valueAt(resolved, revision);
      return written === 'own' ? written : (await revisions.valueAt(now, revision)) === 'own' ? 'own' : written;
    },
  };
}
