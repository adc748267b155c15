import type { GitOpsRepository } from '../git/repository.ts';
import type { SyncResult } from '../intake/sync-result.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Environment } from '../routes/route.ts';
import { healthOf } from './applications-health.ts';
import { healthyTime } from './healthy-time.ts';
import type { SoakTime } from './judge-source.ts';
import { beginSoak } from './soak.ts';
import { longestOf, staysOf } from './stays.ts';

/** How long healthy records have soaked in a source, by id. */
export async function readSoaks(
  records: readonly Deployment[],
  source: Environment,
  { commit, repository }: { readonly commit: string; readonly repository: GitOpsRepository },
  results: readonly (SyncResult | undefined)[],
  now: Date,
): Promise<ReadonlyMap<string, SoakTime>> {
  const soaks = await Promise.all(
    records.map(async (record): Promise<readonly [string, SoakTime]> => {
      // A record of an earlier version has none: it counts from now on.
      const { since, longestMs } = record.health?.soak ?? beginSoak(healthyTime(record), healthOf(results));
      const { id } = record.update;
      if (since === undefined) return [id, { longestMs }];
      const within = { from: Date.parse(since), to: now.getTime() };
      const stays = await staysOf({ update: record.update, environment: source }, commit, within, repository);
      const present = stays.find(({ to }) => to === within.to);
      return [
        id,
        { longestMs: Math.max(longestMs, longestOf(stays)), ...(present !== undefined && { since: present.from }) },
      ];
    }),
  );
  return new Map(soaks);
}
