import type { TableRows } from '../storage/table-rows.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';
import { indexEntrySchema, indexPartitions, indexRowKey, isListedState } from './index-rows.ts';
import type { IndexEntry } from './index-rows.ts';
import { skipInvalid } from './skip-invalid.ts';
import type { DeploymentStore } from './store.ts';

/** The criteria of a list of deployments; an absent one matches all. */
export interface DeploymentFilter {
  readonly route?: string;
  readonly environment?: string;
  /** `registry/repository`. */
  readonly image?: string;
  readonly tag?: string;
  /** In the GitOps repository. */
  readonly commit?: string;
  /** In the repository that the image was built from. */
  readonly source?: string;
  readonly build?: { readonly id: number; readonly collection?: string };
  readonly state?: DeploymentState;
}

export interface DeploymentPage {
  /** The newest first, by the time of their first event. */
  readonly deployments: readonly Deployment[];
  /** Where to go on; absent where there are no more. A page may be short, even empty, and still have it. */
  readonly next?: string;
}

/** Finds records without their keys. Every method throws a `Failure` `storage-unavailable`. */
export interface DeploymentIndex {
  readonly findById: (id: string) => Promise<Deployment | undefined>;
  readonly list: (
    filter: DeploymentFilter,
    page: {
      readonly after?: string;
      readonly limit: number;
      /** Which records are read at all, by what never changes of them. */
      readonly isWanted?: (entry: IndexEntry) => boolean;
    },
  ) => Promise<DeploymentPage>;
}

/** Index rows of a request: the most that Table Storage returns. */
const rowsPerRequest = 1_000;
/** Index requests and records of a page, so that a rare match takes seconds at most. */
const maxIndexRequests = 20;
const maxRecords = 2_000;
/** Records that are read in parallel. */
const parallelRecords = 100;

export function makeDeploymentIndex(rows: TableRows, { find }: Pick<DeploymentStore, 'find'>): DeploymentIndex {
  return {
    async findById(id) {
      const entry = await rows.read(indexPartitions.byId(id), id, indexEntrySchema);
      return entry && find(entry);
    },

    async list(filter, { after, limit, isWanted = () => true }) {
      const partition = partitionFor(filter);
      const deployments: Deployment[] = [];
      let last = after;
      let recordsRead = 0;
      // A page of a list without filters needs no more rows than records.
      let rowLimit = isByEntry(filter) ? rowsPerRequest : Math.min(limit, rowsPerRequest);
      for (let request = 0; request < maxIndexRequests; request += 1) {
        const page = await rows.page(partition, indexEntrySchema, {
          limit: rowLimit,
          ...(last === undefined ? {} : { after: last }),
        });
        const candidates = page.filter(({ value }) => isCandidate(value, filter) && isWanted(value));
        for (let start = 0; start < candidates.length;) {
          // First only as many records as are missing; more at once while they do not match.
          const size = Math.min(parallelRecords, Math.max(limit - deployments.length, start));
          const chunk = candidates.slice(start, start + size);
          const records = await Promise.all(chunk.map(({ value }) => skipInvalid(find(value))));
          start += size;
          recordsRead += chunk.length;
          for (const [index, { rowKey }] of chunk.entries()) {
            last = rowKey;
            const record = records[index];
            if (!record || indexRowKey(record) !== rowKey || !matches(record, filter)) continue;
            deployments.push(record);
            if (deployments.length === limit) return { deployments, next: rowKey };
          }
          if (recordsRead >= maxRecords && last !== undefined) return { deployments, next: last };
        }
        last = page.at(-1)?.rowKey ?? last;
        if (page.length < rowLimit) return { deployments };
        rowLimit = rowsPerRequest;
      }
      return { deployments, ...(last === undefined ? {} : { next: last }) };
    },
  };
}

/** Whether index rows of the partition are compared with the filter. */
function isByEntry({ route, environment, image, state }: DeploymentFilter): boolean {
  return [route, environment, image, state].some((field) => field !== undefined);
}

/** The smallest partition that holds all that can match. */
function partitionFor({ commit, source, build, tag, state }: DeploymentFilter): string {
  if (build !== undefined) return indexPartitions.byBuild(build.id);
  if (commit !== undefined) return indexPartitions.byCommit(commit);
  if (source !== undefined) return indexPartitions.bySource(source);
  if (tag !== undefined) return indexPartitions.byTag(tag);
  return state !== undefined && isListedState(state) ? indexPartitions.byState(state) : indexPartitions.byTime;
}

function isCandidate(entry: IndexEntry, filter: DeploymentFilter): boolean {
  return (['route', 'environment', 'image', 'tag'] as const).every(
    (field) => filter[field] === undefined || filter[field] === entry[field],
  );
}

/** Checks the changing fields in the record: an index row may be ahead of it, or be left over. */
function matches({ commit, state, source, build }: Deployment, filter: DeploymentFilter): boolean {
  return (
    (filter.commit === undefined || filter.commit === commit) &&
    (filter.state === undefined || filter.state === state) &&
    (filter.source === undefined || filter.source === source?.commit) &&
    (filter.build === undefined || isBuild(build, filter.build))
  );
}

function isBuild(build: Deployment['build'], { id, collection }: NonNullable<DeploymentFilter['build']>): boolean {
  if (build?.id !== id) return false;
  return collection === undefined || collection.toLowerCase() === build.collection.toLowerCase();
}
