import { Failure } from '../lib/model/failure.ts';
import type { RouteTable } from '../lib/routes/route.ts';

/** Deployments are shown also if the routes have errors. */
export async function routesIfValid(routes: () => Promise<RouteTable>): Promise<RouteTable | undefined> {
  try {
    return await routes();
  } catch (error) {
    if (error instanceof Failure && error.code === 'routes-invalid') return undefined;
    throw error;
  }
}
