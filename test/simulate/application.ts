import type { HealthStatus, OperationPhase, SyncResult } from '../../src/lib/intake/sync-result.ts';
import { placeOf, registryName, repositoryUrl } from './fleet.ts';
import type { Place } from './fleet.ts';
import type { Value } from './values.ts';

interface Operation {
  readonly revision: string;
  readonly value: Value;
  readonly startedAt: number;
  phase: OperationPhase;
  finishedAt?: number;
}

/** A result that an instance of Argo CD sent, or answered. */
export interface SentResult {
  readonly application: string;
  readonly result: SyncResult;
  /** The value in the file at the compared revision. */
  readonly compared: Value;
  /** The running image. */
  readonly running: Value;
  /** When it was handed to the app. */
  readonly handedAt: number;
  /** When the app had processed it; absent until then. */
  processedAt?: number;
}

/** An application: it follows the branch, syncs its file, and runs an image that is healthy or not. */
export class Application {
  readonly place: Place;
  value: Value;
  /** The settings that it was deployed with. */
  settings: string;
  running: Value;
  revision: string;
  reconciledAt: number;
  health: HealthStatus = 'Healthy';
  healthSince: number;
  operation: Operation | undefined;
  isSynced = true;
  isComparePlanned = false;

  constructor(place: Place, value: Value, settings: string, revision: string, time: number) {
    this.place = place;
    this.value = value;
    this.settings = settings;
    this.running = value;
    this.revision = revision;
    this.reconciledAt = time;
    this.healthSince = time;
  }
}

/** The state of an application now. @param compared the value in its file at the compared revision */
export function describeApplication(app: Application, compared: Value): Omit<SentResult, 'handedAt'> {
  const { place, operation, running } = app;
  const { application, route, environment } = placeOf(place.route, place.environment);
  const [, namespace = '', name = ''] = application.split('/');
  const image = `${registryName}/${route}:${running.tag}`;
  const result: SyncResult = {
    kind: 'sync-result',
    application: { namespace, name },
    sources: [{ repoUrl: repositoryUrl, path: `apps/${route}/${environment}` }],
    sync: { status: app.isSynced ? 'Synced' : 'OutOfSync', revisions: [app.revision] },
    health: {
      status: app.health,
      lastTransitionTime: new Date(app.healthSince).toISOString(),
      degradedResources: [],
      degradedResourcesOmitted: 0,
    },
    ...(operation && {
      operation: {
        phase: operation.phase,
        message: operation.phase === 'Failed' ? 'a resource was refused' : '',
        startedAt: new Date(operation.startedAt).toISOString(),
        ...(operation.finishedAt !== undefined && { finishedAt: new Date(operation.finishedAt).toISOString() }),
        revisions: [operation.revision],
        failedResources: [],
        failedResourcesOmitted: 0,
      },
    }),
    images: [place.writesDigest && running.digest !== undefined ? `${image}@${running.digest}` : image],
    imagesOmitted: 0,
    conditions: [],
    reconciledAt: new Date(app.reconciledAt).toISOString(),
  };
  return { application, result, compared, running };
}
