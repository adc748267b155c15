import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { isEnded, queued } from '../model/deployment.ts';
import type { Deployment } from '../model/deployment.ts';
import { passesWindows } from '../model/tag-update.ts';
import type { TagUpdate } from '../model/tag-update.ts';

/**
 * Makes the record of a promotion, with the build and the source commit of the healthy record, unless it is there. The order
 * of a person is added to the record: a row that is due does not know of it.
 */
export async function recordPromotion(
  update: TagUpdate,
  repository: string,
  { store, now }: { readonly store: Pick<DeploymentStore, 'find' | 'update'>; readonly now: Clock },
): Promise<void> {
  const { cause, route } = update;
  if (cause.kind !== 'promotion') return;
  const known = await store.find(update);
  if (known && cause.ordered === undefined) return;
  const found = known ? [] : await Promise.all(cause.from.map((healthy) => store.find({ ...healthy, route })));
  const records = found.flatMap((record) => record ?? []);
  const build = records.find((record) => record.build?.trusted === true)?.build ?? records[0]?.build;
  const source = records.find((record) => record.source)?.source;
  const record = { ...queued(update, repository, now()), ...(build && { build }), ...(source && { source }) };
  await store.update(update, (current) => (current ? withOrder(current, update) : record));
}

/** The record with the order, unless it has one that passes more; `undefined` leaves it. */
function withOrder(record: Deployment, update: TagUpdate): Deployment | undefined {
  const { cause } = update;
  if (isEnded(record) || cause.kind !== 'promotion' || cause.ordered === undefined) return undefined;
  if (passesWindows(record.update) && !passesWindows(update)) return undefined;
  const isKnown = JSON.stringify(record.update.cause) === JSON.stringify(cause);
  return isKnown ? undefined : { ...record, update: { ...record.update, cause } };
}
