import { z } from 'zod';
import { imageName } from '../model/image-reference.ts';
import type { Deployment } from '../model/deployment.ts';
import { isEndedPreview } from '../model/is-open.ts';
import { updateKey } from '../model/tag-update.ts';
import type { TableRows } from '../storage/table-rows.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { briefOf, readStateColumns } from './environment-columns.ts';
import type { DeploymentBrief } from './environment-columns.ts';
import { overviewOf, staleIn } from './environment-overview.ts';
import type { EnvironmentOverview } from './environment-overview.ts';
import { recordsPartition, rowKeys } from './record-rows.ts';
import { skipInvalid } from './skip-invalid.ts';

export const environmentSchema = z.object({ route: z.string(), environment: z.string(), image: z.string() });

/** A storage call returns so many rows. */
const pageSize = 1_000;
const mostEnvironments = 10 * pageSize;
/** Storage calls of an answer, if its environments fill at most three pages. */
const mostCalls = 5;

export interface EnvironmentList {
  readonly environments: readonly EnvironmentOverview[];
  /** Present if more updates are queued than were read. */
  readonly hasMoreQueued?: true;
}

/** The environments with deployments, at a cost that does not depend on the number of deployments. */
export async function listEnvironments(rows: Pick<TableRows, 'page' | 'read'>): Promise<EnvironmentList> {
  const [found, waiting] = await Promise.all([
    rows.page(recordsPartition, environmentSchema, { prefix: rowKeys.environments, limit: mostEnvironments }),
    rows.page(recordsPartition, deploymentSchema, { prefix: rowKeys.byState('queued'), limit: pageSize }),
  ]);
  const queued = groupByEnvironment(waiting.map(({ value }) => value));
  const known = new Map(
    found.map(({ value, columns = {} }) => [updateKey(value), { ...value, columns: readStateColumns(columns) }]),
  );
  for (const [key, [first]] of queued) if (first && !known.has(key)) known.set(key, { ...keyOf(first), columns: [] });
  const environments = [...known].map(([key, { columns, ...value }]) => {
    const overview = overviewOf(value, columns, (queued.get(key) ?? []).map(briefOf));
    return { overview, columns };
  });
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  const current = await readStale(environments, Math.max(0, mostCalls - pages - 1), rows);
  return {
    environments: environments.flatMap(({ overview, columns }) => {
      const shown = withCurrent(overview, current);
      const known = columns.map((brief) => current.get(brief.id) ?? brief);
      return isGone(shown, known) ? [] : [shown];
    }),
    ...(waiting.length === pageSize && { hasMoreQueued: true }),
  };
}

function groupByEnvironment(deployments: readonly Deployment[]): ReadonlyMap<string, readonly Deployment[]> {
  const groups = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    const key = updateKey(deployment.update);
    const group = groups.get(key);
    if (group) group.push(deployment);
    else groups.set(key, [deployment]);
  }
  return groups;
}

/** The records of the newest deployments whose state may be out of date. */
async function readStale(
  environments: readonly { readonly overview: EnvironmentOverview; readonly columns: readonly DeploymentBrief[] }[],
  limit: number,
  rows: Pick<TableRows, 'read'>,
): Promise<ReadonlyMap<string, DeploymentBrief>> {
  const stale = environments
    .flatMap(({ overview, columns }) => staleIn(overview, columns))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const records = await Promise.all(
    stale
      .slice(0, limit)
      .map(({ id }) => skipInvalid(rows.read(recordsPartition, rowKeys.record(id), deploymentSchema))),
  );
  return new Map(records.flatMap((record) => (record ? [[record.update.id, briefOf(record)]] : [])));
}

function withCurrent(
  overview: EnvironmentOverview,
  current: ReadonlyMap<string, DeploymentBrief>,
): EnvironmentOverview {
  const { deployed, next, ...rest } = overview;
  const deployedNow = deployed && (current.get(deployed.id) ?? deployed);
  const nextNow = next && (current.get(next.id) ?? next);
  return {
    ...rest,
    ...(deployedNow && !isEndedPreview(deployedNow) && { deployed: deployedNow }),
    ...(nextNow && (nextNow === next || nextNow.state === 'pull-request') && { next: nextNow }),
  };
}

/** Whether an environment had previews only, and every pull request of them has ended. */
function isGone({ deployed, next, queued }: EnvironmentOverview, columns: readonly DeploymentBrief[]): boolean {
  return deployed === undefined && next === undefined && queued === 0 && columns.some(isEndedPreview);
}

function keyOf({ update: { route, environment, image } }: Deployment): z.infer<typeof environmentSchema> {
  return { route, environment, image: imageName(image) };
}
