import { timeLimit } from '../../model/clock.ts';
import type { Clock } from '../../model/clock.ts';
import { findRecord } from '../../deployments/find-record.ts';
import type { DeploymentStore } from '../../deployments/store.ts';
import { Failure } from '../../model/failure.ts';
import { formatImageReference, splitImageName } from '../../model/image-reference.ts';
import { pushMessage } from '../../intake/push-message.ts';
import type { Log } from '../../model/log.ts';
import type { RouteTable } from '../../routes/route.ts';
import { askSince, newTags } from '../plan/new-tags.ts';
import { routeImage } from '../plan/route-image.ts';
import type { TagLister } from '../../registry/registry.ts';
import type { SendWork } from '../../work/send-work.ts';
import type { TaggedImage } from '../../model/tag-update.ts';
import { reconcileEventId } from './event-id.ts';
import { imagesToAsk } from './images-to-ask.ts';
import type { KnownImage, KnownImages } from './known-images.ts';

export interface ReconcileDeps {
  readonly routes: () => Promise<RouteTable>;
  readonly images: KnownImages;
  readonly registry: TagLister;
  readonly store: Pick<DeploymentStore, 'find'>;
  readonly send: SendWork;
  readonly now: Clock;
  readonly newId: () => string;
}

/** Tags of one image that one run reads at most. */
const maxTags = 200;
/** Images that are asked for side by side. */
const parallel = 4;
/** No image is asked for later than this after the beginning: an invocation has a minute. */
const longestMs = 30_000;

/**
 * Registries send an event once, and sometimes none: finds the pushed tags without an event and queues them as events. They
 * lead to the same updates, so a late event is not delivered twice.
 */
export async function reconcile(log: Log, deps: ReconcileDeps): Promise<void> {
  const table = await deps.routes();
  const startedAt = deps.now();
  const hasTime = timeLimit(longestMs, deps.now);
  const left = [...(await imagesToAsk(table, deps.images, startedAt))];
  const troubles = new Map<string, { readonly reason: string; images: number }>();
  const counts = { images: 0, queued: 0 };
  const work = async (): Promise<void> => {
    for (let known = left.shift(); known; known = left.shift()) {
      if (!hasTime()) return;
      counts.images += 1;
      try {
        counts.queued += await reconcileImage(known, table, log, deps);
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'storage-unavailable') throw error;
        await deps.images.put({ ...known, askedAt: deps.now().toISOString() });
        const trouble = `${known.image.split('/')[0] ?? ''} ${error.code}`;
        troubles.set(trouble, { reason: error.message, images: (troubles.get(trouble)?.images ?? 0) + 1 });
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  for (const [trouble, { reason, images }] of troubles) {
    const [registry, code] = trouble.split(' ');
    log('warn', 'registry-not-listed', { registry, code, images, reason });
  }
  log('info', 'reconciled', { ...counts, ms: deps.now().getTime() - startedAt.getTime() });
}

/** @returns how many pushes were queued */
async function reconcileImage(known: KnownImage, table: RouteTable, log: Log, deps: ReconcileDeps): Promise<number> {
  const name = splitImageName(known.image);
  if (!name) throw new Error(`${known.image} is not an image`);
  const askedAt = deps.now();
  const listed = await deps.registry.recentTags(name, { since: askSince(known), limit: maxTags });
  const { fresh, next } = newTags(known, listed ?? [], askedAt);
  let queued = 0;
  for (const { tag, digest, lastUpdateTime } of fresh) {
    const image = { ...name, tag, digest };
    const pushedAt = lastUpdateTime.toISOString();
    if (!(await isMissing(image, pushedAt, table, deps))) continue;
    const eventId = reconcileEventId(deps.newId());
    await deps.send({ kind: 'registry-event', body: pushMessage({ eventId, image, pushedAt }) });
    log('info', 'push-found', { event: eventId, image: formatImageReference(image), pushed: pushedAt });
    queued += 1;
  }
  // Written last: an interrupted run repeats the same tags.
  await deps.images.put({ image: known.image, ...next, askedAt: askedAt.toISOString() });
  return queued;
}

/** Whether an environment takes the image without a record, or with one from before the image was in its registry. */
async function isMissing(
  image: TaggedImage,
  pushedAt: string,
  table: RouteTable,
  { store }: ReconcileDeps,
): Promise<boolean> {
  for (const { update } of routeImage(table, image, pushedAt).updates) {
    const record = await findRecord(update, store);
    if (record === 'unknown') continue;
    if (!record || (record.state === 'rejected' && record.code === 'image-not-pushed')) return true;
  }
  return false;
}
