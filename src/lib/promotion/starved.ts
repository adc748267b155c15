import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { Deployment } from '../model/deployment.ts';
import { updateKey } from '../model/tag-update.ts';

/** An environment whose last promotions were all replaced before the end of their soak. */
export interface StarvedEnvironment {
  readonly route: string;
  readonly environment: string;
  /** When the last one was replaced, ISO 8601. */
  readonly since: string;
}

/** So many replaced promotions in a row: the sources are pushed to more often than `soak`. */
const enough = 5;
/** Rejected records that are read, and environments that are asked for alone. */
const mostRead = 500;
const mostAsked = 20;

/** The environments that starve: their sources get a newer image before the last one has soaked. */
export async function findStarved(index: Pick<DeploymentIndex, 'list'>): Promise<readonly StarvedEnvironment[]> {
  const { deployments } = await index.list({ state: 'rejected' }, { limit: mostRead });
  const byEnvironment = new Map<string, Deployment[]>();
  for (const record of deployments.filter(isReplacedInSoak)) {
    const key = updateKey(record.update);
    byEnvironment.set(key, [...(byEnvironment.get(key) ?? []), record]);
  }
  const candidates = [...byEnvironment.values()].filter((records) => records.length >= enough).slice(0, mostAsked);
  const found = await Promise.all(
    candidates.map(async ([newest]) => {
      if (!newest) return [];
      const { route, environment } = newest.update;
      const last = await index.list({ route, environment }, { limit: 4 * enough });
      const ended = last.deployments.filter(({ state }) => state !== 'queued').slice(0, enough);
      return ended.every(isReplacedInSoak) ? [{ route, environment, since: newest.updatedAt }] : [];
    }),
  );
  return found.flat();
}

function isReplacedInSoak({ state, code }: Deployment): boolean {
  return state === 'rejected' && code === 'soak-replaced';
}
