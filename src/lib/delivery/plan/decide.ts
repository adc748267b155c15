import type { Mark } from '../../model/deployment.ts';
import { isReplay, isRollback } from '../../model/tag-update.ts';
import { writesDigest } from '../../model/file-edit.ts';
import { compareTags } from '../../routes/match/tag-policy.ts';
import type { DatedTag } from '../../routes/match/tag-policy.ts';
import { heldText } from '../../values/held-image.ts';
import type { Inspection, ResolvedUpdate } from '../../values/inspect.ts';
import { isUpToDate } from '../../values/inspect.ts';
import { policyTag } from '../../values/policy-tag.ts';

export type Decision =
  | { readonly kind: 'apply' }
  | { readonly kind: 'up-to-date' }
  /** The file, or the mark, holds a newer tag or a newer push of the same tag. */
  | {
      readonly kind: 'superseded';
      readonly by: string;
      readonly reason: string;
      /** The newer tag in the file was never the mark: it was not written by tagrelay. */
      readonly isForeign?: boolean;
    };

/** The known push times, by tag. */
export type PushTimes = ReadonlyMap<string, Date>;

/** The tags whose push times the decision needs; each may cost a search in history. */
export function tagsToDate(inspection: Inspection): readonly string[] {
  if (isUpToDate(inspection) || isRollback(inspection.resolved.update)) return [];
  const { update, environment } = inspection.resolved;
  const tag = policyTag(environment, update.image.tag);
  return inspection.currentTags.filter(
    (current) =>
      current === tag ||
      environment.tags.order === 'newest' ||
      compareTags(environment.tags, { tag }, { tag: current }) === 0,
  );
}

/**
 * Never backwards, never against a person: an update is applied only if the policy's order puts it above every tag in
 * its files, and above the mark: the highest tag ever committed there. A tag that the policy cannot order counts as
 * older. Of tags that are equal by the order, and of two pushes of one tag, the later push wins.
 */
export function decide(inspection: Inspection, pushTimes: PushTimes, mark: Mark | undefined): Decision {
  if (isUpToDate(inspection)) return { kind: 'up-to-date' };
  const { resolved, currentTags } = inspection;
  const { cause } = resolved.update;
  if (cause.kind === 'rollback') return decideRollback(inspection, cause.from);
  const from = cause.kind === 'overtaken' ? cause.from : undefined;
  const taken = from === undefined ? undefined : currentTags.find((tag) => tag !== from);
  if (taken !== undefined) {
    return {
      kind: 'superseded',
      by: taken,
      reason: `the file holds ${taken} now, and this update replaces only ${from}`,
    };
  }
  for (const tag of currentTags) {
    if (!isNewer(resolved, tag, pushTimes.get(tag))) continue;
    const reason = `the file holds ${tag}, which is newer`;
    if (mark?.tag === tag) return { kind: 'superseded', by: tag, reason };
    return { kind: 'superseded', by: tag, reason: `${reason} and was not written by tagrelay`, isForeign: true };
  }
  // A replay ignores the mark.
  if (isReplay(resolved.update)) return { kind: 'apply' };
  const { digest } = resolved.update.image;
  const tag = policyTag(resolved.environment, resolved.update.image.tag);
  if (mark?.tag === tag) {
    // Committed before and not in the file: a person reverted it. Another digest is a rebuild of it.
    const digestCounts = resolved.environment.update.some(writesDigest);
    const isRebuild = digestCounts && mark.digest !== undefined && digest !== undefined && mark.digest !== digest;
    // Without a registry, a late event can be of the older of two builds.
    const isOlder =
      resolved.isCurrent !== true &&
      resolved.isAtSources !== true &&
      new Date(resolved.update.pushedAt) < new Date(mark.pushedAt);
    if (!isRebuild || isOlder)
      return {
        kind: 'superseded',
        by: tag,
        reason: `${tag} was deployed before and then reverted; ${markAdvice(resolved)}`,
      };
  } else if (mark && isNewer(resolved, mark.tag, new Date(mark.pushedAt))) {
    return {
      kind: 'superseded',
      by: mark.tag,
      reason: `${mark.tag} was deployed before and is newer; ${markAdvice(resolved)}`,
    };
  }
  return { kind: 'apply' };
}

/** A rollback ignores the order and the mark, and replaces only the value that it names. */
function decideRollback(inspection: Inspection, from: string | undefined): Decision {
  const held = heldText(inspection);
  if (from === undefined || from === held) return { kind: 'apply' };
  return {
    kind: 'superseded',
    by: held,
    reason: `the file holds ${held} now, and this rollback replaces only ${from}`,
  };
}

function markAdvice({ update }: ResolvedUpdate): string {
  return `to go back on purpose, clear the mark: tagrelay mark --route ${update.route} --environment ${update.environment} --clear`;
}

function isNewer(resolved: ResolvedUpdate, tag: string, pushedAt: Date | undefined): boolean {
  const { update, environment } = resolved;
  const inFile = pushedAt === undefined ? { tag } : { tag, pushedAt };
  const own = dated(resolved);
  const order = tag === own.tag ? 0 : compareTags(environment.tags, inFile, own);
  if (order === undefined) return false;
  if (order !== 0) return order > 0;
  if (tag === own.tag && resolved.isAtSources === true) return false;
  return pushedAt !== undefined && pushedAt > new Date(update.pushedAt);
}

function dated({ update, environment }: ResolvedUpdate): DatedTag {
  return { tag: policyTag(environment, update.image.tag), pushedAt: new Date(update.pushedAt) };
}

/** Of two updates of one scalar the newer by policy; of equals the later push, then the greater id. */
export function newerOf(a: ResolvedUpdate, b: ResolvedUpdate): ResolvedUpdate {
  const order =
    compareTags(a.environment.tags, dated(a), dated(b)) ||
    Date.parse(a.update.pushedAt) - Date.parse(b.update.pushedAt) ||
    (a.update.id < b.update.id ? -1 : 1);
  return order > 0 ? a : b;
}

/**
 * The mark after a commit. It only rises; the same tag replaces it only if it is still the mark of the plan. So an
 * older commit never replaces its descendant.
 */
export function markAfter(
  { environment }: Pick<ResolvedUpdate, 'environment'>,
  current: Mark | undefined,
  next: Mark,
  planned: Mark | undefined,
): Mark | undefined {
  if (!current) return next;
  if (current.tag === next.tag) return current.commit === planned?.commit ? next : undefined;
  const order = compareTags(
    environment.tags,
    { tag: next.tag, pushedAt: new Date(next.pushedAt) },
    { tag: current.tag, pushedAt: new Date(current.pushedAt) },
  );
  // A mark that the current policy cannot order does not count.
  if (order === undefined) return next;
  const isLater = new Date(next.pushedAt) >= new Date(current.pushedAt);
  return order > 0 || (order === 0 && isLater) ? next : undefined;
}
