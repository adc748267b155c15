import { atMost } from '../async/at-most.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { RouteTable } from '../routes/route.ts';
import type { Worker } from '../work/worker.ts';
import type { ApplyUpdateDeps } from './apply-update.ts';
import { notTaken } from './plan/not-taken.ts';

export interface EndGoneDeps extends Pick<ApplyUpdateDeps, 'findEnvironment'> {
  readonly routes: () => Promise<Pick<RouteTable, 'hash'>>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly worker: Pick<Worker, 'run'>;
  readonly now: Clock;
}

const pageSize = 200;
const endedAtOnce = 8;
/** Another process may record updates by the routes before for some time. */
const checkedForMs = 60 * 60_000;

/**
 * Ends the waiting updates that the routes no longer take: their route or environment was renamed or removed, or its tag
 * policy was edited. Their delivery is tried now, and rejected as `route-gone`. Without this, an update that a window holds
 * waits until the window opens, and one whose event no longer leads to it has no message. All waiting updates are checked when
 * the routes change, and every hour.
 */
export function makeEndGone(deps: EndGoneDeps): (log: Log) => Promise<void> {
  const { routes, index, findEnvironment, worker, now } = deps;
  /** The routes by which all waiting updates were checked, and when, in milliseconds since 1970. */
  let checked: { readonly hash: string; readonly at: number } | undefined;
  return async (log) => {
    const { hash } = await routes();
    const at = now().getTime();
    if (checked && hash === checked.hash && at - checked.at < checkedForMs) return;
    const gone: TagUpdate[] = [];
    let after: string | undefined;
    do {
      const page = await index.list({ state: 'queued' }, { limit: pageSize, ...(after !== undefined && { after }) });
      for (const { update } of page.deployments) {
        const environment = await findEnvironment(update);
        if (!environment || notTaken(update, environment) !== undefined) gone.push(update);
      }
      after = page.next;
    } while (after !== undefined);
    await atMost(endedAtOnce, gone, (update) => worker.run({ kind: 'tag-update', body: update }, log));
    checked = { hash, at };
  };
}
