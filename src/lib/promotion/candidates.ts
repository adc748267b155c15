import type { Deployment } from '../model/deployment.ts';
import { takesTag } from '../routes/match/tag-policy.ts';
import type { Environment } from '../routes/route.ts';
import { policyTag } from '../values/policy-tag.ts';

/** The image that an environment is promoted to. */
export interface WantedImage {
  readonly tag: string;
  /** Absent if neither the registry nor the update knows it. */
  readonly digest?: string;
}

/**
 * The records of a source that show the image healthy. The same digest has to be healthy in every source, not one digest in
 * each. An environment with `tags` of its own takes the digest under any tag. A value that the source does not take, such as
 * one that a person wrote, is not promoted.
 *
 * @param records records of the route
 */
export function healthyIn(
  source: Environment,
  records: readonly Deployment[],
  { tag, digest }: WantedImage,
  anyTag: boolean,
): readonly Deployment[] {
  return records.filter(
    ({ update, state, health }) =>
      update.environment === source.name &&
      state === 'healthy' &&
      (digest === undefined ? update.image.tag === tag : health?.digest === digest) &&
      (anyTag || update.image.tag === tag) &&
      takesTag(source.tags, policyTag(source, update.image.tag)).taken,
  );
}

/** The digests that every source has healthy under a tag; `undefined` stands for one that is unknown. */
export function sharedDigests(
  sources: readonly Environment[],
  records: readonly Deployment[],
  tag: string,
): readonly (string | undefined)[] {
  const [first, ...others] = sources.map(
    (source) => new Set(healthyIn(source, records, { tag }, false).map(({ health }) => health?.digest)),
  );
  const digests = first ? [...first] : [];
  return digests.filter((digest) =>
    others.every((known) => (digest === undefined ? known.size > 0 : known.has(digest) || known.has(undefined))),
  );
}
