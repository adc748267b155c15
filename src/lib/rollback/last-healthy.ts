import type { TaggedImage } from '../model/tag-update.ts';
import { nameOfValue } from '../settling/kept-values.ts';
import type { ShownValue } from '../settling/kept-values.ts';

/** A value and the revision at which all applications were healthy with it. */
export interface HealthyValue {
  readonly image: TaggedImage;
  readonly revision: string;
}

/**
 * The value at the last healthy revision that lies before a commit and holds another value than `image`. Of several
 * applications, the newest at which all were healthy. The kept results decide, because a record may lag behind.
 *
 * @param healthy the kept healthy results of each application
 */
export async function lastHealthy(
  healthy: readonly (readonly ShownValue[])[],
  { image, commit }: { readonly image: TaggedImage; readonly commit: string },
  isAncestor: (ancestor: string, commit: string) => Promise<boolean>,
): Promise<HealthyValue | undefined> {
  const [first = [], ...others] = healthy;
  let last: HealthyValue | undefined;
  for (const value of first) {
    if (nameOfValue(value.image) === nameOfValue(image)) continue;
    const all = others.map((values) => values.find((one) => nameOfValue(one.image) === nameOfValue(value.image)));
    if (all.includes(undefined)) continue;
    let { revision } = value;
    for (const one of all) if (one && (await isAncestor(one.revision, revision))) ({ revision } = one);
    if (revision === commit || !(await isAncestor(revision, commit))) continue;
    if (!last || (await isAncestor(last.revision, revision))) last = { image: value.image, revision };
  }
  return last;
}
