import { Failure } from '../model/failure.ts';
import type { RouteTable } from './route.ts';

/**
 * Before an image without a route is ignored, or an update without a route rejected.
 *
 * @throws {Failure} `routes-invalid` while a repository of `ROUTES_FROM` was never read: its documents may have the route
 */
export function requireComplete({ isPartial = false }: Pick<RouteTable, 'isPartial'>): void {
  if (!isPartial) return;
  const reason = 'A repository of ROUTES_FROM was never read, and its documents may have the route.';
  throw new Failure('routes-invalid', `${reason} npx tagrelay status --routes shows why.`);
}
