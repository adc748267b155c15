import { updateKey } from '../model/tag-update.ts';
import type { RouteTable } from '../routes/route.ts';
import type { EnvironmentOverview } from './environment-overview.ts';

/** An environment of a route now, and whether the routes have it. */
export interface ConfiguredOverview extends EnvironmentOverview {
  /** False if the routes no longer have it; absent if the routes are unknown. */
  readonly configured?: boolean;
}

/** Compares the environments that have deployments with the routes, and adds those of exact routes that have none. */
export function withConfigured(
  environments: readonly EnvironmentOverview[],
  table: Pick<RouteTable, 'find' | 'entries'> | undefined,
): readonly ConfiguredOverview[] {
  if (!table) return environments;
  const known = new Set(environments.map(updateKey));
  const exact = table.entries.filter(({ name, image, example }) => name === example.name && image === example.image);
  const missing = exact.flatMap(({ example: { name: route, image, environments: configured } }) =>
    configured.map(({ name: environment }) => ({ route, environment, image, queued: 0 })),
  );
  return [...environments, ...missing.filter((one) => !known.has(updateKey(one)))].map((overview) =>
    Object.assign({ configured: isConfigured(overview, table) }, overview),
  );
}

function isConfigured({ image, environment, route }: EnvironmentOverview, table: Pick<RouteTable, 'find'>): boolean {
  return table.find(image, environment)?.route.name === route;
}
