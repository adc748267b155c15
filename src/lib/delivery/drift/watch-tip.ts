import type { DeploymentBrief } from '../../deployments/environment-columns.ts';
import type { DeploymentStore, EnvironmentKey } from '../../deployments/store.ts';
import type { GitOpsRepository } from '../../git/repository.ts';
import { Failure } from '../../model/failure.ts';
import type { Log } from '../../model/log.ts';
import type { ResolvedUpdate } from '../../values/inspect.ts';
import { writtenEnvironment } from '../../values/written-environment.ts';
import { noteDrift } from './note-drift.ts';
import type { NoteDriftDeps } from './note-drift.ts';

export interface WatchTipDeps extends NoteDriftDeps {
  readonly store: Pick<DeploymentStore, 'find' | 'update'>;
  readonly findDeployed: (key: EnvironmentKey) => Promise<DeploymentBrief | undefined>;
  readonly log: Log;
}

/** Notes drift of the environment of an update whose files hold a value that is not its mark. It throws no `Failure`. */
export type WatchTip = (
  resolved: ResolvedUpdate,
  tip: { readonly revision: string; readonly repository: GitOpsRepository },
) => Promise<void>;

export function makeWatchTip(deps: WatchTipDeps): WatchTip {
  return async ({ update: { route, environment: name }, environment }, tip) => {
    const key = { route, environment: name };
    try {
      const deployed = await deps.findDeployed(key);
      const record = deployed && (await deps.store.find({ id: deployed.id, ...key }));
      if (record?.commit === undefined) return;
      const written = writtenEnvironment(environment, record);
      if (written.repository !== environment.repository) return;
      await noteDrift(record, { environment: written, ...tip }, deps);
    } catch (error) {
      // The decision does not depend on it.
      if (!(error instanceof Failure)) throw error;
      deps.log('warn', 'drift-not-read', { ...key, code: error.code, reason: error.message });
    }
  };
}
