import type { ListedTag } from '../../registry/registry.ts';

/** The tags of one image that earlier requests have returned. */
export interface SeenTags {
  /** Push time of the latest tag that was seen; where none was, when it was first looked for. ISO 8601. */
  readonly since: string;
  /** `tag@digest` of those that the next look may see again. */
  readonly seen: readonly string[];
}

/** A registry's replicas and clock may be behind: tags this long before the latest are requested again. */
const overlapMs = 10 * 60_000;
/** The registry's own event of a push has this long to arrive. */
const graceMs = 2 * 60_000;

/** From when on tags are asked for. */
export function askSince({ since }: SeenTags): Date {
  return new Date(Date.parse(since) - overlapMs);
}

/** The tags that no earlier look has seen, the first pushed first, and what the next look is to know. */
export function newTags(
  known: SeenTags,
  listed: readonly ListedTag[],
  now: Date,
): { readonly fresh: readonly ListedTag[]; readonly next: SeenTags } {
  const settled = listed.filter(({ lastUpdateTime }) => lastUpdateTime.getTime() <= now.getTime() - graceMs);
  const latest = Math.max(Date.parse(known.since), ...settled.map(({ lastUpdateTime }) => lastUpdateTime.getTime()));
  const next = { since: new Date(latest).toISOString(), seen: [] };
  const again = settled.filter(({ lastUpdateTime }) => lastUpdateTime >= askSince(next));
  const seen = new Set(known.seen);
  return {
    fresh: settled.filter((tag) => !seen.has(nameOf(tag))).toReversed(),
    next: { ...next, seen: again.map(nameOf) },
  };
}

function nameOf({ tag, digest }: ListedTag): string {
  return `${tag}@${digest}`;
}
