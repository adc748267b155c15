import type { ArgoCdApi } from '../../src/lib/argocd/argocd-api.ts';

/** An Argo CD that the settings do not name. Tests replace what they need. */
export const unknownArgoCd: ArgoCdApi = {
  knows: () => false,
  getApplication: () => Promise.resolve(undefined),
  getResources: () => Promise.resolve({ degraded: [], roots: [] }),
  refresh: () => Promise.resolve(undefined),
  refreshHolder: () => Promise.resolve(),
  getHolder: () => Promise.resolve(undefined),
  startSync: () => Promise.resolve(),
  maySync: () => Promise.resolve({ isAllowed: true, object: 'default/shop-dev' }),
};
