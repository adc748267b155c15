import { parseImageReference } from '../model/image-reference.ts';
import { oneLine } from '../model/one-line.ts';
import { tryParseUrl } from '../net/url.ts';
import { isLoopback } from '../net/repository-url.ts';
import { believableTime } from './believable-time.ts';
import type { Ignored, Malformed } from './image-pushed.ts';
import { malformed } from './malformed.ts';
import { notificationSchema } from './sync-result-schema.ts';
import type { Notification } from './sync-result-schema.ts';
import type { SyncOperation, SyncResult, SyncSource, SyncedResource } from './sync-result.ts';

/** Reads the body of a notification of Argo CD. An application that was never compared is ignored. */
export function parseSyncResult(body: unknown, receivedAt: Date): SyncResult | Ignored | Malformed {
  const read = notificationSchema.safeParse(body);
  if (!read.success) return malformed(read.error);
  const { sync, health, operation } = read.data;
  if (!sync?.status && !health?.status && !operation?.phase) return { kind: 'ignored', reason: 'no-status' };
  if (operation?.phase && operation.startedAt === undefined) {
    return { kind: 'malformed', problems: [{ field: 'operation.startedAt', detail: 'expected an RFC 3339 time' }] };
  }
  return toSyncResult(read.data, receivedAt);
}

function toSyncResult(notification: Notification, receivedAt: Date): SyncResult {
  const { application, sourceHydratorSpec, source, sources, sync, health } = notification;
  const toTime = timeReader(notification, receivedAt);
  const operation = toOperation(notification.operation, toTime);
  const argocdUrl = webAddress(notification.argocdUrl);
  const images = [...new Set(notification.images)].filter((image) => parseImageReference(image) !== undefined);
  const kept = fitting(images, limits.images);
  return {
    kind: 'sync-result',
    application: { namespace: application.namespace, name: application.name, ...given({ uid: application.uid }) },
    ...given({ argocdUrl }),
    sources: (sources?.length ? sources : source ? [source] : [])
      .slice(0, maxSources)
      .map((one, index) => toSource(one, notification.valueFiles?.[index])),
    ...(sourceHydratorSpec && {
      hydrator: {
        source: toSource(sourceHydratorSpec.drySource),
        ...given({
          targetBranch: sourceHydratorSpec.syncSource.targetBranch,
          drySha: notification.hydrator?.drySha,
          hydratedSha: notification.hydrator?.hydratedSha,
        }),
      },
    }),
    sync: { status: sync?.status ?? 'Unknown', revisions: byIndex(sync?.revisions, sync?.revision) },
    health: {
      status: health?.status ?? 'Unknown',
      ...given({ lastTransitionTime: toTime(health?.lastTransitionTime) }),
      ...few('degradedResources', health?.degradedResources, health?.degradedResourcesOmitted),
    },
    ...(operation && { operation }),
    images: kept,
    imagesOmitted: notification.imagesOmitted + images.length - kept.length,
    conditions: fitting((notification.conditions ?? []).map(toCondition(toTime)), limits.conditions),
    ...given({ reconciledAt: toTime(notification.reconciledAt) }),
  };
}

const maxSources = 50;
const longestName = 100;
/** Of lists from elsewhere no more is kept than the shipped template sends, in entries and in bytes of JSON. */
const limits = {
  images: { entries: 200, bytes: 12_000 },
  failedResources: { entries: 20, bytes: 6_000 },
  degradedResources: { entries: 20, bytes: 4_000 },
  conditions: { entries: 10, bytes: 2_500 },
};

/** The first that fit. */
function fitting<T>(list: readonly T[], { entries, bytes }: (typeof limits)['images']): readonly T[] {
  let room = bytes;
  const end = list.findIndex((entry) => (room -= Buffer.byteLength(JSON.stringify(entry))) < 0);
  return list.slice(0, Math.min(end < 0 ? list.length : end, entries));
}

function toOperation(operation: Notification['operation'], toTime: ReadTime): SyncOperation | undefined {
  const startedAt = toTime(operation?.startedAt);
  if (!operation?.phase || startedAt === undefined) return undefined;
  const synced = byIndex(operation.revisions, operation.revision);
  return {
    phase: operation.phase,
    message: operation.message,
    startedAt,
    ...given({ finishedAt: toTime(operation.finishedAt) }),
    ...(operation.retryCount && {
      retryCount: operation.retryCount,
      ...(operation.retryLimit && { retryLimit: operation.retryLimit }),
    }),
    revisions: synced.length > 0 ? synced : byIndex(operation.requestedRevisions, operation.requestedRevision),
    ...few('failedResources', operation.failedResources, operation.failedResourcesOmitted),
    ...toInitiator(operation.initiatedBy),
  };
}

function toInitiator(
  initiatedBy: NonNullable<Notification['operation']>['initiatedBy'],
): Pick<SyncOperation, 'startedBy'> {
  const name = oneLine(initiatedBy?.username ?? '', longestName);
  if (name === '') return {};
  return { startedBy: { name, ...(initiatedBy?.automated === true && { orAutomated: true }) } };
}

/** Of several sources the list counts, and the single revision is empty. */
function byIndex(
  revisions: readonly (string | undefined)[] | null | undefined,
  single: string | undefined,
): readonly string[] {
  if (revisions?.length) return revisions.slice(0, maxSources).map((revision) => revision ?? '');
  return single === undefined ? [] : [single];
}

function toCondition(toTime: ReadTime) {
  return ({ type, message, lastTransitionTime }: NonNullable<Notification['conditions']>[number]) => ({
    type,
    message,
    ...given({ lastTransitionTime: toTime(lastTransitionTime) }),
  });
}

type RawResource = NonNullable<NonNullable<Notification['operation']>['failedResources']>[number];

function few<K extends 'failedResources' | 'degradedResources'>(
  name: K,
  resources: readonly RawResource[] | null | undefined,
  omitted = 0,
) {
  const all = (resources ?? []).map(toResource);
  const kept = fitting(all, limits[name]);
  return {
    [name]: kept,
    [`${name}Omitted`]: omitted + all.length - kept.length,
  } as { [name in K]: readonly SyncedResource[] } & { [name in `${K}Omitted`]: number };
}

function toResource(resource: RawResource): SyncedResource {
  const { kind, name, message, group = '', ...rest } = resource;
  return { group, kind, name, message, ...given(rest) };
}

/** @param valueFiles `undefined` if the notification lacks them */
function toSource({ repoURL, ...rest }: NonNullable<Notification['source']>, valueFiles?: string[] | null): SyncSource {
  return { repoUrl: repoURL, ...given(rest), ...(valueFiles !== undefined && { valueFiles: valueFiles ?? [] }) };
}

/** Only what a browser may be sent to. */
function webAddress(text: string | undefined): string | undefined {
  const url = text === undefined ? undefined : tryParseUrl(text);
  const isWeb = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (!isWeb || url.username !== '' || url.password !== '') return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

type ReadTime = (text: string | undefined) => string | undefined;

/**
 * Reads the times of one notification, which are of one clock. Where that is more than 5 min ahead, none of them counts as
 * later than the receipt: a time within the 5 min must not come after one that is beyond them.
 */
function timeReader({ health, operation, reconciledAt }: Notification, receivedAt: Date): ReadTime {
  const texts = [health?.lastTransitionTime, operation?.startedAt, operation?.finishedAt, reconciledAt];
  const times = texts.flatMap((text) => (text === undefined ? [] : [new Date(text)]));
  const isBelieved = times.every((time) => believableTime(time, receivedAt) === time.toISOString());
  return (text) => {
    const time = text === undefined ? undefined : new Date(text);
    return (isBelieved || !time || time < receivedAt ? time : receivedAt)?.toISOString();
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined | ''> };

/** The properties that have a value. */
function given<T extends Readonly<Record<string, string | undefined>>>(values: T): Given<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as Given<T>;
}
