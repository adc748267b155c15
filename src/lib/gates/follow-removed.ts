import type { Log } from '../model/log.ts';
import { routeByName } from '../routes/match/route-by-name.ts';
import type { RouteTable } from '../routes/route.ts';
import type { SendWork } from '../work/send-work.ts';
import { isRouteName } from './concerns.ts';
import type { GateStore } from './gate-store.ts';
import { sendGates } from './send-gates.ts';

/**
 * Queues the evaluation of the gates that wait for a route that the routes do not have, once for each version of the
 * routes. No deployment of such a route triggers it.
 */
export function makeFollowRemoved({
  gates,
  routes,
  send,
}: {
  readonly gates: Pick<GateStore, 'open'>;
  readonly routes: () => Promise<RouteTable>;
  readonly send: SendWork;
}): (log: Log) => Promise<void> {
  let followed: string | undefined;
  return async (log) => {
    const table = await routes();
    if (table.hash === followed) return;
    const ids = (await gates.open())
      .filter(({ routes: asked = [], found }) =>
        asked.some((name) => isRouteName(name) && !found.includes(name) && !routeByName(table, name)),
      )
      .map(({ id }) => id);
    await sendGates(ids, send);
    if (ids.length > 0) log('info', 'gates-of-removed-routes', { gates: ids.length });
    followed = table.hash;
  };
}
