import { randomUUID } from 'node:crypto';
import type { ApplicationOptions, SourceOptions, SyncPolicy } from './options.ts';

/** The fields of an Application that the stand-in sets, in the form of Argo CD's API. */
export interface Application {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'Application';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
  };
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

const apiVersion = 'argoproj.io/v1alpha1';

/** The annotation with which Argo CD tracks the resources of an application. */
export function trackedBy(
  holder: string | undefined,
  kind: string,
  name: string,
): Pick<Application['metadata'], 'annotations'> {
  return holder === undefined
    ? {}
    : { annotations: { 'argocd.argoproj.io/tracking-id': `${holder}:argoproj.io/${kind}:${name}` } };
}

export function specOf(options: ApplicationOptions): Application['spec'] {
  const { name, project = 'default', syncPolicy = { automated: { prune: true } } } = options;
  return {
    project,
    destination: { server: 'https://kubernetes.default.svc', namespace: name },
    ...sourceSpec(options.sources),
    syncPolicy,
  };
}

/** The Application before the first comparison. */
export function newApplication(options: ApplicationOptions, now: string): Application {
  const { name, namespace = 'argocd', applicationSet } = options;
  const owner = applicationSet !== undefined && { apiVersion, kind: 'ApplicationSet', name: applicationSet };
  return {
    apiVersion,
    kind: 'Application',
    metadata: {
      name,
      namespace,
      uid: randomUUID(),
      ...trackedBy(options.heldBy, 'Application', `${namespace}/${name}`),
      ...(owner && { ownerReferences: [owner] }),
    },
    spec: specOf(options),
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

/** The status after a comparison. */
export function reconciledStatus(
  before: ApplicationStatus,
  now: {
    readonly sync: SyncState;
    readonly health: Health;
    readonly images: readonly string[];
    readonly found: readonly Pick<AppCondition, 'type' | 'message'>[];
  },
  reconciledAt: string,
): Omit<ApplicationStatus, 'operationState'> {
  const { sync, health, images, found } = now;
  return {
    sync,
    health: healthNow(before.health, health, reconciledAt),
    conditions: conditionsNow(before.conditions, found, reconciledAt),
    summary: images.length === 0 ? {} : { images },
    reconciledAt,
  };
}

/** A new health, with the time at which it changed. */
function healthNow(before: ApplicationStatus['health'], status: Health, now: string): ApplicationStatus['health'] {
  return before.status === status ? before : { status, lastTransitionTime: now };
}

/** The conditions of a comparison; a condition that stays keeps the time at which it appeared. */
function conditionsNow(
  before: readonly AppCondition[] = [],
  found: readonly Pick<AppCondition, 'type' | 'message'>[],
  now: string,
): readonly AppCondition[] {
  return found.map(({ type, message }) => {
    const same = before.find((condition) => condition.type === type && condition.message === message);
    return same ?? { type, message, lastTransitionTime: now };
  });
}
