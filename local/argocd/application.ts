import { randomUUID } from 'node:crypto';
import type { ApplicationOptions, SourceOptions, SyncPolicy } from './options.ts';

/** The fields of an Application that the stand-in sets, in the form of Argo CD's API. */
export interface Application {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'Application';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly project: string;
    readonly destination: { readonly server: string; readonly namespace: string };
    readonly syncPolicy: SyncPolicy;
  };
  /** While an operation is in progress. */
  readonly operation?: Operation;
  readonly status: ApplicationStatus;
}

export interface ApplicationStatus {
  readonly sync: SyncState;
  readonly health: { readonly status: Health; readonly lastTransitionTime: string };
  readonly operationState?: OperationState;
  readonly summary: { readonly images?: readonly string[] };
  readonly conditions?: readonly AppCondition[];
  readonly reconciledAt: string;
}

export interface AppCondition {
  readonly type: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

export type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';

/** One source: `revision`; several: `revisions`. */
export type Revisions = { readonly revision: string } | { readonly revisions: readonly string[] };

export interface SyncState {
  readonly status: 'Synced' | 'OutOfSync' | 'Unknown';
  readonly revision?: string;
  readonly revisions?: readonly string[];
}

/** A requested operation. */
export interface Operation {
  readonly initiatedBy: { readonly automated?: boolean; readonly username?: string };
  readonly sync: {
    readonly revision?: string;
    readonly revisions?: readonly string[];
    readonly prune?: boolean;
    readonly syncOptions?: readonly string[];
  };
  readonly retry?: { readonly limit?: number };
}

export interface OperationState {
  readonly phase: 'Running' | 'Succeeded' | 'Failed' | 'Error';
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly retryCount?: number;
  readonly operation: Operation;
  readonly syncResult?: SyncResult;
}

export interface SyncResult {
  readonly revision: string;
  readonly revisions?: readonly string[];
  readonly resources?: readonly object[];
}

export function fullName({ namespace = 'argocd', name }: Pick<ApplicationOptions, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

export function revisionsOf(sources: readonly SourceOptions[], revisions: readonly string[]): Revisions {
  return sources.length === 1 ? { revision: revisions[0] ?? '' } : { revisions };
}

/** The Application before the first comparison. */
export function newApplication(options: ApplicationOptions, now: string): Application {
  const { name, namespace = 'argocd', project = 'default', syncPolicy = { automated: { prune: true } } } = options;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace, uid: randomUUID() },
    spec: {
      project,
      destination: { server: 'https://kubernetes.default.svc', namespace: name },
      ...sourceSpec(options.sources),
      syncPolicy,
    },
    status: {
      sync: { status: 'Unknown' },
      health: { status: 'Missing', lastTransitionTime: now },
      summary: {},
      reconciledAt: now,
    },
  };
}

/** `source` or `sources`, without the fields of the stand-in. */
export function sourceSpec(sources: readonly SourceOptions[]): object {
  const plain = sources.map(({ images: _images, ...source }) => source);
  return plain.length === 1 ? { source: plain[0] } : { sources: plain };
}

/** A new health, with the time at which it changed. */
export function healthNow(
  before: ApplicationStatus['health'],
  status: Health,
  now: string,
): ApplicationStatus['health'] {
  return before.status === status ? before : { status, lastTransitionTime: now };
}

/** The conditions of a comparison; a condition that stays keeps the time at which it appeared. */
export function conditionsNow(
  before: readonly AppCondition[] = [],
  found: readonly Pick<AppCondition, 'type' | 'message'>[],
  now: string,
): readonly AppCondition[] {
  return found.map(({ type, message }) => {
    const same = before.find((condition) => condition.type === type && condition.message === message);
    return same ?? { type, message, lastTransitionTime: now };
  });
}
