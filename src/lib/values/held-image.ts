import type { TaggedImage } from '../model/tag-update.ts';
import type { Inspection } from './inspect.ts';

/** The tags and digests that the files of an inspection hold now, as one text to compare. */
export function heldText({ changes }: Pick<Inspection, 'changes'>): string {
  const { tags, digests } = heldIn(changes);
  return [tags.join(','), ...digests].join('@');
}

/** The image that the files of an inspection hold now; `undefined` if they hold no tag, or several images. */
export function heldImage({ resolved, changes }: Inspection): TaggedImage | undefined {
  const { tags, digests } = heldIn(changes);
  const [tag] = tags;
  const [digest] = digests;
  if (tag === undefined || tags.length > 1 || digests.length > 1) return undefined;
  const { registry, repository } = resolved.update.image;
  // A tag has no `+`, which the version of a chart may have.
  return { registry, repository, tag: tag.replaceAll('+', '_'), ...(digest !== undefined && { digest }) };
}

function heldIn(changes: Inspection['changes']): { readonly tags: string[]; readonly digests: string[] } {
  const tags = new Set(changes.flatMap(({ currentTag }) => currentTag ?? []));
  const digests = new Set(changes.flatMap(({ currentDigest }) => currentDigest ?? []));
  return { tags: [...tags].toSorted(), digests: [...digests].toSorted() };
}
