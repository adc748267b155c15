import { z } from 'zod';
import { imageName } from '../../model/image-reference.ts';
import type { Deployment, DeploymentState } from '../../model/deployment.ts';
import { applicationKey } from '../application-key.ts';
import { indexRowKey } from '../index-row-key.ts';

/** The content of an index row: the key of a record, and its fields that never change. */
export const indexEntrySchema = z.object({
  id: z.string(),
  route: z.string(),
  environment: z.string(),
  /** `registry/repository`. */
  image: z.string(),
  tag: z.string(),
});

/** A row of a record that waits for an application. */
export const openSchema = indexEntrySchema.pick({ id: true, route: true, environment: true });
/** A route and environment that had a record for an application. */
export const userSchema = indexEntrySchema.pick({ route: true, environment: true });

export type IndexEntry = Readonly<z.infer<typeof indexEntrySchema>>;

/** States with a partition. */
const listedStates: readonly DeploymentState[] = ['abandoned', 'rejected'];

export function isListedState(state: DeploymentState): boolean {
  return listedStates.includes(state);
}

/** Partitions of the index. Within all but `byId`, rows are ordered by `indexRowKey`. */
export const indexPartitions = {
  byId: (id: string) => `|id|${id.slice(0, 2)}`,
  byTime: '|time',
  byTag: (tag: string) => `|tag|${tag}`,
  byCommit: (commit: string) => `|commit|${commit}`,
  byBuild: (id: number) => `|build|${id}`,
  bySource: (commit: string) => `|source|${commit}`,
  byState: (state: DeploymentState) => `|state|${state}`,
  /** Records that sync results of an application may still change. */
  open: (application: string) => `|application|${applicationKey(application)}`,
  users: (application: string) => `|application-users|${applicationKey(application)}`,
} as const;

/** The index rows that a record can have. Every record has one by time. */
export function indexRows(record: Deployment): readonly { readonly partitionKey: string; readonly rowKey: string }[] {
  const { update, commit, build, source, applications = [] } = record;
  const partitions = [
    indexPartitions.byTag(update.image.tag),
    ...(commit === undefined ? [] : [indexPartitions.byCommit(commit)]),
    ...(build === undefined ? [] : [indexPartitions.byBuild(build.id)]),
    ...(source?.commit === undefined ? [] : [indexPartitions.bySource(source.commit)]),
    ...listedStates.map(indexPartitions.byState),
    ...applications.map(indexPartitions.open),
    // Last: by this row the record is found.
    indexPartitions.byTime,
  ];
  return [
    { partitionKey: indexPartitions.byId(update.id), rowKey: update.id },
    ...partitions.map((partitionKey) => ({ partitionKey, rowKey: indexRowKey(record) })),
  ];
}

export function entryOf({ update }: Deployment): IndexEntry {
  const { id, route, environment, image } = update;
  return { id, route, environment, image: imageName(image), tag: image.tag };
}
