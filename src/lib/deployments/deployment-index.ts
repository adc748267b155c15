import { z } from 'zod';
import type { Clock } from '../model/clock.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import type { Columns } from '../storage/stored-value.ts';
import { refuseNewer } from '../storage/table-rows.ts';
import type { Row, StandIn, TableRows } from '../storage/table-rows.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { makeFormerRecords } from './former/former-records.ts';
import type { FormerRecords } from './former/former-records.ts';
import { entryOf, indexPartitions, isListedState } from './former/index-rows.ts';
import type { IndexEntry } from './former/index-rows.ts';
import { makeFindRanges } from './lists/find-ranges.ts';
import { makeFindLookup } from './lookups/find-lookup.ts';
import { afterInRecent, digestOf, listKeyOf, recentPrefix } from './lookups/lookup.ts';
import type { Lookup } from './lookups/lookup.ts';
import { recordsPartition, rowKeys } from './record-rows.ts';

/** The criteria of a list of deployments; an absent one matches all. */
export interface DeploymentFilter {
  readonly route?: string;
  readonly environment?: string;
  /** `registry/repository`. */
  readonly image?: string;
  readonly tag?: string;
  /** The digest that ran healthy, else the one of the update. */
  readonly digest?: string;
  /** In the GitOps repository. */
  readonly commit?: string;
  /** In the repository that the image was built from. */
  readonly source?: string;
  readonly build?: { readonly id: number; readonly collection?: string };
  readonly state?: DeploymentState;
}

export interface DeploymentPage {
  /** The newest first, by the time of their first event. Without diffs. */
  readonly deployments: readonly Deployment[];
  /** Where to go on; absent if there are no more. */
  readonly next?: string;
}

/** Finds records without their keys. Every method throws a `Failure` `storage-unavailable`. */
export interface DeploymentIndex {
  readonly findById: (id: string) => Promise<Deployment | undefined>;
  /** Records whose id begins so, at most `limit`. Rows of earlier versions are found by the whole id only. */
  readonly findByPrefix: (prefix: string, limit: number) => Promise<readonly Deployment[]>;
  /** The change that a deployment wrote, as a unified diff; `undefined` if it is not known. */
  readonly findDiff: (id: string) => Promise<string | undefined>;
  readonly list: (
    filter: DeploymentFilter,
    page: {
      readonly after?: string;
      readonly limit: number;
      /** Which records are returned, by their fields that never change. */
      readonly isWanted?: (entry: IndexEntry) => boolean;
      /** Throws `row-newer` where a newer version wrote a row that can match. By default such rows are omitted. */
      readonly refusesNewer?: boolean;
    },
  ) => Promise<DeploymentPage>;
}

/** Rows up to a key, in their order; `last` is absent at the end. */
interface Part {
  readonly rows: readonly Row<Deployment>[];
  readonly last?: string;
}

interface PartRange {
  readonly after: string | undefined;
  readonly limit: number;
  readonly standIn: StandIn<never> | undefined;
}

export function makeDeploymentIndex(
  rows: TableRows,
  former: FormerRecords = makeFormerRecords(rows),
  now: Clock = () => new Date(),
): DeploymentIndex {
  const findLookup = makeFindLookup(rows, former, now);
  const findRanges = makeFindRanges(rows, now);

  async function partOf(prefix: string, filter: DeploymentFilter, { after, limit, standIn }: PartRange): Promise<Part> {
    const found = await rows.page(recordsPartition, deploymentSchema, {
      prefix,
      limit,
      standIn,
      where: columnsFor(filter),
      ...(after !== undefined && { after: prefix === recentPrefix ? afterInRecent(after) : prefix + after }),
    });
    const keyOf = (rowKey: string): string =>
      prefix === recentPrefix ? listKeyOf(rowKey) : rowKey.slice(prefix.length);
    const part = found.map(({ rowKey, value }) => ({ rowKey: keyOf(rowKey), value }));
    const last = found.length < limit ? undefined : part.at(-1)?.rowKey;
    return { rows: part, ...(last !== undefined && { last }) };
  }

  return {
    findById: async (id) =>
      (await rows.read(recordsPartition, rowKeys.record(id), deploymentSchema)) ?? former.findById(id),

    async findDiff(id) {
      const [row] = await rows.page(recordsPartition, z.unknown(), { prefix: rowKeys.record(id), limit: 1 });
      const diff = row?.columns?.['diff'];
      return typeof diff === 'string' ? diff : undefined;
    },

    findByPrefix: async (prefix, limit) => {
      const range = { prefix: rowKeys.record(prefix), limit };
      return (await rows.page(recordsPartition, deploymentSchema, range)).map(({ value }) => value);
    },

    async list(filter, { after, limit, isWanted = () => true, refusesNewer = false }) {
      const standIn = refusesNewer ? refuseNewer : undefined;
      const isMatch = (record: Deployment): boolean => matches(record, filter) && isWanted(entryOf(record));
      const isCandidate = (entry: IndexEntry): boolean => isEntryOf(entry, filter) && isWanted(entry);
      const deployments: Deployment[] = [];
      let last = after;
      let lastKey: string | undefined;
      const lookup = lookupOf(filter);
      const prefixes = lookup ? [] : await findRanges(filter);
      for (;;) {
        // One more than the page needs: it decides whether another page follows.
        const range = { after: last, limit: limit + 1 - deployments.length, standIn };
        const [found, ...parts] = await Promise.all([
          lookup && findLookup(lookup, { ...range, where: columnsFor(filter) }),
          ...prefixes.map((prefix) => partOf(prefix, filter, range)),
          former.page(formerPartition(filter), {
            limit: range.limit,
            isCandidate,
            isMatch,
            ...(last !== undefined && { after: last }),
          }),
        ]);
        const { rows: merged, last: end } = merge([...(found ? [found] : []), ...parts]);
        for (const { rowKey, value } of merged) {
          if (!isMatch(value)) continue;
          if (deployments.length === limit) return { deployments, ...(lastKey !== undefined && { next: lastKey }) };
          deployments.push(value);
          lastKey = rowKey;
        }
        if (end === undefined) return { deployments };
        // Each past record is read alone, so a page has few of them.
        if (found?.isCut === true && deployments.length > 0) return { deployments, next: end };
        last = end;
      }
    },
  };
}

/** The rows of all parts up to the first end of one that goes on. A record can be in two of them. */
function merge(parts: readonly Part[]): Part {
  const ends = parts.flatMap(({ last }) => (last === undefined ? [] : [last])).toSorted();
  const [end] = ends;
  const byKey = new Map<string, Row<Deployment>>();
  for (const row of parts.flatMap(({ rows }) => rows)) {
    const isWithin = end === undefined || row.rowKey <= end;
    if (isWithin && !byKey.has(row.rowKey)) byKey.set(row.rowKey, row);
  }
  const rows = [...byKey.values()].toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
  return { rows, ...(end !== undefined && { last: end }) };
}

/** The value with the fewest records. */
function lookupOf({ commit, source, build, digest }: DeploymentFilter): Lookup | undefined {
  if (build !== undefined) return { kind: 'build', value: build.id.toString() };
  if (commit !== undefined) return { kind: 'commit', value: commit };
  if (source !== undefined) return { kind: 'source', value: source };
  return digest === undefined ? undefined : { kind: 'digest', value: digest };
}

function columnsFor({ route, environment, image, tag, state }: DeploymentFilter): Columns {
  const entries = Object.entries({ route, environment, image, tag, state });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function formerPartition({ commit, source, build, tag, state }: DeploymentFilter): string {
  if (build !== undefined) return indexPartitions.byBuild(build.id);
  if (commit !== undefined) return indexPartitions.byCommit(commit);
  if (source !== undefined) return indexPartitions.bySource(source);
  if (tag !== undefined) return indexPartitions.byTag(tag);
  return state !== undefined && isListedState(state) ? indexPartitions.byState(state) : indexPartitions.byTime;
}

function isEntryOf(entry: IndexEntry, filter: DeploymentFilter): boolean {
  return (['route', 'environment', 'image', 'tag'] as const).every(
    (field) => filter[field] === undefined || filter[field] === entry[field],
  );
}

function matches(record: Deployment, filter: DeploymentFilter): boolean {
  const { commit, state, source, build } = record;
  return (
    isEntryOf(entryOf(record), filter) &&
    (filter.commit === undefined || filter.commit === commit) &&
    (filter.state === undefined || filter.state === state) &&
    (filter.digest === undefined || filter.digest === digestOf(record)) &&
    (filter.source === undefined || filter.source === source?.commit) &&
    (filter.build === undefined || isBuild(build, filter.build))
  );
}

function isBuild(build: Deployment['build'], { id, collection }: NonNullable<DeploymentFilter['build']>): boolean {
  if (build?.id !== id) return false;
  return collection === undefined || collection.toLowerCase() === build.collection.toLowerCase();
}
