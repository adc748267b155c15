import { compareTags } from '../../routes/tag-policy.ts';
import type { DatedTag } from '../../routes/tag-policy.ts';
import type { Inspection, ResolvedUpdate } from './inspect.ts';
import { isUpToDate } from './inspect.ts';

export type Decision =
  | { readonly kind: 'apply' }
  | { readonly kind: 'up-to-date' }
  /** The file holds a newer tag, or a newer push of the same tag. */
  | { readonly kind: 'superseded'; readonly by: string };

/** When the tags that the files hold were pushed, by tag, as far as that is known. */
export type PushTimes = ReadonlyMap<string, Date>;

/** The tags whose push time the decision depends on; asking for it costs a look into history. */
export function tagsToDate({
  resolved: { update, environment },
  currentTags,
  ...inspection
}: Inspection): readonly string[] {
  if (isUpToDate({ resolved: { update, environment }, currentTags, ...inspection })) return [];
  return currentTags.filter(
    (tag) =>
      tag === update.image.tag ||
      environment.tags.order === 'newest' ||
      compareTags(environment.tags, { tag: update.image.tag }, { tag }) === 0,
  );
}

/**
 * Never backwards: an update is applied only where it is newer, by the policy's order, than every tag that its files
 * hold. A tag that the policy cannot order counts as older. Of tags that are equal by the order, and of two pushes of
 * one tag, the later push wins.
 */
export function decide(inspection: Inspection, pushTimes: PushTimes): Decision {
  if (isUpToDate(inspection)) return { kind: 'up-to-date' };
  for (const tag of inspection.currentTags) {
    if (isNewer(inspection.resolved, tag, pushTimes.get(tag))) return { kind: 'superseded', by: tag };
  }
  return { kind: 'apply' };
}

function isNewer({ update, environment }: ResolvedUpdate, tag: string, pushedAt: Date | undefined): boolean {
  const updatePushedAt = new Date(update.pushedAt);
  const inFile = pushedAt === undefined ? { tag } : { tag, pushedAt };
  const order =
    tag === update.image.tag
      ? 0
      : compareTags(environment.tags, inFile, { tag: update.image.tag, pushedAt: updatePushedAt });
  if (order === undefined) return false;
  if (order !== 0) return order > 0;
  return pushedAt !== undefined && pushedAt > updatePushedAt;
}

function dated({ update }: ResolvedUpdate): DatedTag {
  return { tag: update.image.tag, pushedAt: new Date(update.pushedAt) };
}

/** Of two updates of one scalar the newer by policy; of equals the later push, then the greater id, whoever asks. */
export function newerOf(a: ResolvedUpdate, b: ResolvedUpdate): ResolvedUpdate {
  const order =
    compareTags(a.environment.tags, dated(a), dated(b)) ||
    Date.parse(a.update.pushedAt) - Date.parse(b.update.pushedAt) ||
    (a.update.id < b.update.id ? -1 : 1);
  return order > 0 ? a : b;
}
