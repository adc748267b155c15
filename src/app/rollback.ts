import type { JudgeRollback } from '../lib/delivery/judge-rollback.ts';
import { isUrlOf } from '../lib/intake/sync-result-revisions.ts';
import { makeJudgeRollback } from '../lib/rollback/judge.ts';
import type { JudgeDeps } from '../lib/rollback/judge.ts';
import { makeStormStore } from '../lib/rollback/storm-store.ts';
import type { Settings } from '../lib/settings/settings.ts';
import type { Machine } from './machine.ts';
import type { Services } from './services.ts';
import type { makeAppSettling } from './settling.ts';
import type { Stores } from './stores.ts';

export interface JudgeParts {
  readonly settings: Pick<Settings, 'azureDevOpsCollections'>;
  readonly services: Pick<Services, 'repositories'>;
  readonly stores: Pick<Stores, 'store' | 'index' | 'rows'>;
  readonly settling: ReturnType<typeof makeAppSettling>;
  readonly machine: Pick<Machine, 'now'>;
  readonly findEnvironment: JudgeDeps['findEnvironment'];
}

/** Judges automatic rollbacks by the kept results and by Git. */
export function makeAppJudge({
  settings,
  services,
  stores,
  settling,
  findEnvironment,
  machine,
}: JudgeParts): JudgeRollback {
  const { results, factsOf, resources } = settling;
  return makeJudgeRollback({
    store: stores.store,
    findEnvironment,
    index: stores.index,
    results,
    factsOf,
    resources,
    repositories: services.repositories,
    storms: makeStormStore(stores.rows),
    now: machine.now,
    isOfRepository: (url, key) => isUrlOf(url, key, settings.azureDevOpsCollections),
  });
}
