import { randomUUID } from 'node:crypto';
import type { ApplicationOptions, SourceOptions } from './options.ts';

/** The fields of an Application that the stand-in sets, in the form of Argo CD's API. */
export interface Application {
  readonly apiVersion: 'argoproj.io/v1alpha1';
  readonly kind: 'Application';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: object;
  readonly status: ApplicationStatus;
}

export interface ApplicationStatus {
  readonly sync: SyncState;
  readonly health: { readonly status: Health; readonly lastTransitionTime: string };
  readonly operationState?: OperationState;
  readonly summary: { readonly images?: readonly string[] };
  readonly conditions?: readonly {
    readonly type: string;
    readonly message: string;
    readonly lastTransitionTime: string;
  }[];
  readonly reconciledAt: string;
}

export type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';

/** One source: `revision`; several: `revisions`. */
export type Revisions = { readonly revision: string } | { readonly revisions: readonly string[] };

interface SyncState {
  readonly status: 'Synced' | 'OutOfSync' | 'Unknown';
  readonly revision?: string;
  readonly revisions?: readonly string[];
}

export interface OperationState {
  readonly phase: 'Running' | 'Succeeded' | 'Failed';
  readonly message: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly operation: { readonly initiatedBy: object; readonly sync: object };
  readonly syncResult?: object;
}

export function fullName({ namespace = 'argocd', name }: Pick<ApplicationOptions, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

export function revisionsOf(sources: readonly SourceOptions[], revisions: readonly string[]): Revisions {
  return sources.length === 1 ? { revision: revisions[0] ?? '' } : { revisions };
}

/** The Application before the first comparison. */
export function newApplication(options: ApplicationOptions, now: string): Application {
  const { name, namespace = 'argocd', project = 'default' } = options;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, namespace, uid: randomUUID() },
    spec: {
      project,
      destination: { server: 'https://kubernetes.default.svc', namespace: name },
      ...sourceSpec(options.sources),
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
