import { atMost } from '../async/at-most.ts';
import type { DeploymentIndex } from '../deployments/deployment-index.ts';
import type { Log } from '../model/log.ts';
import type { TagUpdate } from '../model/tag-update.ts';
import type { RouteTable } from '../routes/route.ts';
import type { Worker } from '../work/worker.ts';
import type { ApplyUpdateDeps } from './apply-update.ts';

export interface EndGoneDeps extends Pick<ApplyUpdateDeps, 'findEnvironment'> {
  readonly routes: () => Promise<Pick<RouteTable, 'hash'>>;
  readonly index: Pick<DeploymentIndex, 'list'>;
  readonly worker: Pick<Worker, 'run'>;
}

const pageSize = 200;
const endedAtOnce = 8;

/**
 * Ends the waiting updates whose route or environment was renamed or removed: their delivery is tried now, and rejected as
 * `route-gone`. Without this, an update that a window holds waits until the window opens.
 */
export function makeEndGone({ routes, index, findEnvironment, worker }: EndGoneDeps): (log: Log) => Promise<void> {
  /** The routes by which all waiting updates were checked. */
  let checked: string | undefined;
  return async (log) => {
    const { hash } = await routes();
    if (hash === checked) return;
    const gone: TagUpdate[] = [];
    let after: string | undefined;
    do {
      const page = await index.list({ state: 'queued' }, { limit: pageSize, ...(after !== undefined && { after }) });
      for (const { update } of page.deployments) if (!(await findEnvironment(update))) gone.push(update);
      after = page.next;
    } while (after !== undefined);
    await atMost(endedAtOnce, gone, (update) => worker.run({ kind: 'tag-update', body: update }, log));
    checked = hash;
  };
}
