import type { DeploymentStore } from '../deployments/store.ts';
import type { Clock } from '../model/clock.ts';
import { queued } from '../model/deployment.ts';
import type { TagUpdate } from '../model/tag-update.ts';

/** Makes the record of a promotion, with the build and the source commit of the healthy record, unless it is there. */
export async function recordPromotion(
  update: TagUpdate,
  repository: string,
  { store, now }: { readonly store: Pick<DeploymentStore, 'find' | 'update'>; readonly now: Clock },
): Promise<void> {
  const { cause, route } = update;
  if (cause.kind !== 'promotion' || (await store.find(update))) return;
  const found = await Promise.all(cause.from.map((healthy) => store.find({ ...healthy, route })));
  const records = found.flatMap((record) => record ?? []);
  const build = records.find((record) => record.build?.trusted === true)?.build ?? records[0]?.build;
  const source = records.find((record) => record.source)?.source;
  const record = { ...queued(update, repository, now()), ...(build && { build }), ...(source && { source }) };
  await store.update(update, (current) => (current ? undefined : record));
}
