import { z } from 'zod';
import type { Ignored, Malformed } from './image-pushed.ts';
import { malformed } from './malformed.ts';
import { parseSyncResult } from './parse-sync-result.ts';
import type { SyncResult } from './sync-result.ts';

/**
 * Reads an Application as Argo CD's API returns it (`GET /api/v1/applications/{name}`) into the form of a notification.
 *
 * @param argocdUrl where the API was asked, for links
 */
export function readApplication(body: unknown, receivedAt: Date, argocdUrl?: string): SyncResult | Ignored | Malformed {
  const application = applicationSchema.safeParse(body);
  if (!application.success) return malformed(application.error);
  const result = parseSyncResult(notificationOf(application.data, argocdUrl), receivedAt);
  return result.kind === 'sync-result' ? { ...result, syncPolicy: syncPolicyOf(application.data.spec) } : result;
}

const automatedSchema = z.object({
  syncPolicy: z.object({
    automated: z.object({ enabled: z.boolean().nullish(), prune: z.boolean().nullish() }),
  }),
});

function syncPolicyOf(spec: Readonly<Record<string, unknown>>): NonNullable<SyncResult['syncPolicy']> {
  const { automated } = automatedSchema.safeParse(spec).data?.syncPolicy ?? {};
  return { isAutomated: automated !== undefined && automated.enabled !== false, prunes: automated?.prune === true };
}

const anything = z.record(z.string(), z.unknown()).nullish();

const applicationSchema = z.object({
  metadata: z.record(z.string(), z.unknown()),
  spec: z.record(z.string(), z.unknown()),
  status: z
    .object({
      sync: anything,
      health: anything,
      operationState: z
        .looseObject({
          operation: z.object({ sync: anything, retry: anything, initiatedBy: anything }).nullish(),
          syncResult: z.looseObject({ resources: z.array(z.unknown()).nullish() }).nullish(),
        })
        .nullish(),
      resources: z.array(z.unknown()).nullish(),
      summary: anything,
      conditions: z.array(z.unknown()).nullish(),
      sourceHydrator: z.object({ lastSuccessfulOperation: anything }).nullish(),
      history: z
        .array(z.object({ deployStartedAt: z.unknown().optional(), initiatedBy: anything }))
        .nullish()
        .catch(undefined),
      reconciledAt: z.unknown().optional(),
    })
    .nullish(),
});

type Status = NonNullable<z.infer<typeof applicationSchema>['status']>;

/** The same fields as the template in `infra/argocd/` renders; the lists are cut where they are read. */
function notificationOf({ metadata, spec, status }: z.infer<typeof applicationSchema>, argocdUrl?: string): object {
  const { sync, health, operationState, resources, summary, conditions, sourceHydrator, reconciledAt } = status ?? {};
  const requested = operationState?.operation?.sync;
  const result = operationState?.syncResult;
  const hydrated = sourceHydrator?.lastSuccessfulOperation;
  return {
    argocdUrl,
    application: { name: metadata['name'], namespace: metadata['namespace'], uid: metadata['uid'] },
    source: spec['source'],
    sources: spec['sources'],
    valueFiles: valueFilesOf(spec),
    sourceHydratorSpec: spec['sourceHydrator'],
    sync: sync && { status: sync['status'], revision: sync['revision'], revisions: sync['revisions'] },
    health: health && {
      status: health['status'],
      lastTransitionTime: health['lastTransitionTime'],
      degradedResources: (resources ?? []).flatMap(degradedResource),
    },
    operation: operationState && {
      phase: operationState['phase'],
      message: operationState['message'],
      retryCount: operationState['retryCount'],
      retryLimit: operationState.operation?.retry?.['limit'],
      startedAt: operationState['startedAt'],
      finishedAt: operationState['finishedAt'],
      requestedRevision: requested?.['revision'],
      requestedRevisions: requested?.['revisions'],
      revision: result?.['revision'],
      revisions: result?.['revisions'],
      failedResources: (result?.resources ?? []).filter(hasFailed),
      initiatedBy: initiatorOf(operationState, status?.history),
    },
    images: summary?.['images'],
    conditions,
    hydrator: hydrated && { drySha: hydrated['drySHA'], hydratedSha: hydrated['hydratedSHA'] },
    reconciledAt,
  };
}

/** The history has the initiator of each sync that succeeded, while the status can have fields of the previous one. */
function initiatorOf(operationState: NonNullable<Status['operationState']>, history: Status['history']): unknown {
  const entry = history?.findLast(({ deployStartedAt }) => deployStartedAt === operationState['startedAt']);
  return entry?.initiatedBy ?? operationState.operation?.initiatedBy;
}

const helmSchema = z.object({ helm: z.object({ valueFiles: z.unknown().optional() }).nullish() });

/** The value files of Helm, by the index of their source; an empty list while the sources are not understood. */
function valueFilesOf({ source, sources }: Readonly<Record<string, unknown>>): readonly unknown[] {
  const read = z.array(helmSchema).safeParse(Array.isArray(sources) && sources.length > 0 ? sources : [source]);
  return read.success ? read.data.map(({ helm }) => helm?.valueFiles ?? null) : [];
}

const failedSchema = z.union([
  z.object({ status: z.literal('SyncFailed') }),
  z.object({ hookPhase: z.enum(['Failed', 'Error']) }),
]);

/** The failed resources of the template: not applied, or a hook that failed. */
function hasFailed(resource: unknown): boolean {
  return failedSchema.safeParse(resource).success;
}

const degradedSchema = z.object({
  group: z.unknown().optional(),
  kind: z.unknown().optional(),
  namespace: z.unknown().optional(),
  name: z.unknown().optional(),
  health: z.object({ status: z.literal('Degraded'), message: z.unknown().optional() }),
});

function degradedResource(resource: unknown): object[] {
  const degraded = degradedSchema.safeParse(resource);
  if (!degraded.success) return [];
  const { health, ...rest } = degraded.data;
  return [{ ...rest, message: health.message }];
}
