import type { ArgoCdApi } from '../../src/lib/argocd/argocd-api.ts';
import type { Turn } from '../support/memory/turn.ts';
import type { ArgoCd } from './argo-cd.ts';

/** The API of the instances that the app can ask, for one process. */
export function argoCdApi(argoCd: ArgoCd, turn: Turn): ArgoCdApi {
  return {
    knows: (application) => argoCd.knows(application),
    getApplication: (application) => turn(`get ${application}`, () => argoCd.ask(application, false)),
    refresh: (application) => turn(`refresh ${application}`, () => argoCd.ask(application, true)),
    getResources: (application) => turn(`resources of ${application}`, () => ({ degraded: [], roots: [] })),
    refreshHolder: (application) => turn(`refresh above ${application}`, () => void argoCd.ask(application, true)),
    getHolder: (application) => turn(`read above ${application}`, () => undefined),
    startSync: (application) => turn(`sync ${application}`, () => undefined),
    maySync: (application) => turn(`may sync ${application}`, () => ({ isAllowed: true, object: application })),
  };
}
