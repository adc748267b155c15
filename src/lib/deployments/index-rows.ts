import { z } from 'zod';
import { imageName } from '../model/image-reference.ts';
import type { Deployment, DeploymentState } from '../model/deployment.ts';

/** The content of an index row: the key of a record, and its fields that never change. */
export const indexEntrySchema = z.object({
  id: z.string(),
  route: z.string(),
  environment: z.string(),
  /** `registry/repository`. */
  image: z.string(),
  tag: z.string(),
});

export type IndexEntry = Readonly<z.infer<typeof indexEntrySchema>>;

export interface IndexRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly entry: IndexEntry;
}

/** States in which a person may want to see every record at once. */
const listedStates: ReadonlySet<DeploymentState> = new Set(['abandoned', 'rejected']);

export function isListedState(state: DeploymentState): boolean {
  return listedStates.has(state);
}

/**
 * Partitions of the index. The leading bar separates them from environments. Within all but `byId`, rows
 * are ordered by the time of the record's first insert, the newest first.
 */
export const indexPartitions = {
  byId: (id: string) => `|id|${id.slice(0, 2)}`,
  byTime: '|time',
  byTag: (tag: string) => `|tag|${tag}`,
  byCommit: (commit: string) => `|commit|${commit}`,
  /** Of every collection: an id is unique within one only. */
  byBuild: (id: number) => `|build|${id}`,
  bySource: (commit: string) => `|source|${commit}`,
  byState: (state: DeploymentState) => `|state|${state}`,
} as const;

/** The index rows that a record needs; `before` is the record before the change. */
export function indexRows(next: Deployment, before: Deployment | undefined): readonly IndexRow[] {
  const { id, route, environment, image } = next.update;
  const entry = { id, route, environment, image: imageName(image), tag: image.tag };
  const rowKey = indexRowKey(next);
  const row = (partitionKey: string): IndexRow => ({ partitionKey, rowKey, entry });
  return [
    ...(before
      ? []
      : [
          { partitionKey: indexPartitions.byId(id), rowKey: id, entry },
          row(indexPartitions.byTime),
          row(indexPartitions.byTag(image.tag)),
        ]),
    ...(next.commit === undefined || next.commit === before?.commit
      ? []
      : [row(indexPartitions.byCommit(next.commit))]),
    ...(next.build === undefined || next.build.id === before?.build?.id
      ? []
      : [row(indexPartitions.byBuild(next.build.id))]),
    ...(next.source?.commit === undefined || next.source.commit === before?.source?.commit
      ? []
      : [row(indexPartitions.bySource(next.source.commit))]),
    ...(isListedState(next.state) && next.state !== before?.state ? [row(indexPartitions.byState(next.state))] : []),
  ];
}

/** Begins with the time of the record's first insert, which no later state changes. A row with another key is left over. */
export function indexRowKey({ states, update }: Deployment): string {
  return `${invertedTime(states[0]?.at ?? update.pushedAt)}-${update.id}`;
}

/** Digits that sort the newest first; good until the year 2286. */
export function invertedTime(at: string): string {
  return String(9_999_999_999_999 - Date.parse(at)).padStart(13, '0');
}

/** The time that the key of an index row begins with. */
export function indexTime(rowKey: string): Date {
  return new Date(9_999_999_999_999 - Number(rowKey.slice(0, 13)));
}
