import type { Mark } from '../model/deployment.ts';
import { compareTags } from '../routes/match/tag-policy.ts';
import { isUpToDate } from '../values/inspect.ts';
import type { Inspection } from '../values/inspect.ts';
import { policyTag } from '../values/policy-tag.ts';

/** The value in the file of a source, compared with a healthy one: the value itself, a newer one, or neither. */
export type AtSource = 'own' | 'newer' | 'taken-back';

/**
 * Whether a healthy value still counts at the tip of its source. An older tag, the same tag with another digest, and a tag
 * that the policy cannot order take it back.
 *
 * @param inspection the source's files, inspected for the healthy value; absent if they lack its scalars
 * @param mark of the source: the push time of its tag
 */
export function atSource(inspection: Inspection | undefined, mark: Mark | undefined): AtSource {
  if (!inspection) return 'taken-back';
  if (isUpToDate(inspection)) return 'own';
  const { resolved, currentTags } = inspection;
  const { update, environment } = resolved;
  const own = { tag: policyTag(environment, update.image.tag), pushedAt: new Date(update.pushedAt) };
  const isNewer = (tag: string): boolean => {
    if (tag === own.tag) return false;
    const held = mark?.tag === tag ? { tag, pushedAt: new Date(mark.pushedAt) } : { tag };
    return (compareTags(environment.tags, held, own) ?? 0) > 0;
  };
  return currentTags.length > 0 && currentTags.every(isNewer) ? 'newer' : 'taken-back';
}
