import type { SyncResult } from '../intake/sync-result.ts';
import type { LiveResources } from './live-resources.ts';

/** A sync result of an application, evaluated for many deployments. */
export interface ApplicationResult {
  readonly application: string;
  readonly result: SyncResult;
  /** Whether it is the last result of the application: only that one shows the present state. */
  readonly isLast: boolean;
  /** Whether the application deploys more than one environment of a route. */
  readonly isShared: () => Promise<boolean>;
  /** The live resources; `undefined` if the settings have no access to Argo CD. */
  readonly resources: () => Promise<LiveResources | undefined>;
}
