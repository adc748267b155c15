import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import { deploymentStates } from '../../model/deployment.ts';
import type { DeploymentState } from '../../model/deployment.ts';
import type { TableRows } from '../../storage/table-rows.ts';
import { recentPrefix } from '../lookups/lookup.ts';
import { recordsPartition, rowKeys } from '../record-rows.ts';
import type { EnvironmentKey } from '../store.ts';
import { areAllListed } from './list-records.ts';
import { listedPrefix, pairPrefix } from '../listed-rows.ts';
import type { PairKind } from '../listed-rows.ts';

/** The criteria that decide which rows a list reads. */
export interface ListedBy {
  readonly route?: string;
  readonly environment?: string;
  /** `registry/repository`. */
  readonly image?: string;
  readonly tag?: string;
  readonly state?: DeploymentState;
}

/** The smallest ranges of rows that hold all that can match: beginnings of keys. A record can be in two of them. */
export type FindRanges = (filter: ListedBy) => Promise<readonly string[]>;

/** A page is at most 20 requests. With more environments than this, records are read by state, with a filter. */
const mostPairs = 16;
const mostRead = 1_000;
const checkedForMs = 60_000;
/** Most records are in one of these, so an environment has a page of them among its last records. */
const commonStates: ReadonlySet<DeploymentState> = new Set(['committed', 'healthy', 'superseded']);

const pairSchema = z.object({ route: z.string(), environment: z.string() });

export function makeFindRanges(rows: Pick<TableRows, 'page' | 'read'>, now: Clock): FindRanges {
  const known = new LRUCache<'listed', Promise<boolean>>({
    max: 1,
    ttl: checkedForMs,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  });

  async function isComplete(): Promise<boolean> {
    const last = known.get('listed');
    if (last) return last;
    const asked = areAllListed(rows).catch((error: unknown) => {
      known.delete('listed');
      throw error;
    });
    known.set('listed', asked);
    return asked;
  }

  /** The routes and environments that can match; `undefined` if they are many. */
  async function pairsOf({ route, environment, image }: ListedBy): Promise<readonly EnvironmentKey[] | undefined> {
    if (route !== undefined && environment !== undefined) return [{ route, environment }];
    const by = Object.entries({ route, image, environment } satisfies Record<PairKind, string | undefined>);
    const [kind, value] = by.find((entry): entry is [PairKind, string] => entry[1] !== undefined) ?? [];
    if (kind === undefined || value === undefined) return undefined;
    let isDamaged = false;
    const standIn = (): undefined => {
      isDamaged = true;
    };
    const range = { prefix: pairPrefix(kind, value), limit: mostRead, standIn };
    const found = await rows.page<EnvironmentKey>(recordsPartition, pairSchema, range);
    // It would hide all records of its environment.
    if (isDamaged) return undefined;
    const pairs = found
      .map((row) => row.value)
      .filter((pair) => (environment ?? pair.environment) === pair.environment);
    return found.length < mostRead && pairs.length <= mostPairs ? pairs : undefined;
  }

  return async (filter) => {
    const { tag, state } = filter;
    if (tag !== undefined) return [rowKeys.byTag(tag)];
    const isOfPairs = Object.keys(filter).some(
      (name) => name === 'route' || name === 'environment' || name === 'image',
    );
    if (isOfPairs && (state === undefined || commonStates.has(state)) && (await isComplete())) {
      const pairs = await pairsOf(filter);
      if (pairs) return [recentPrefix, ...pairs.map(listedPrefix)];
    }
    return (state === undefined ? deploymentStates : [state]).map(rowKeys.byState);
  };
}
