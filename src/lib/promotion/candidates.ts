import type { Deployment } from '../model/deployment.ts';
import { takesTag } from '../routes/match/tag-policy.ts';
import type { Environment } from '../routes/route.ts';
import { policyTag } from '../values/policy-tag.ts';

/** The image that an environment is promoted to. */
export interface WantedImage {
  readonly tag: string;
  /** Absent if neither the registry nor the update knows it. */
  readonly digest?: string;
  /** `sameSource`: the source commit, which is compared instead of the digest. */
  readonly commit?: string;
}

/** The source commit of an image, by a trusted build. Labels are claims. */
export function sourceCommitOf({ build }: Pick<Deployment, 'build'>): string | undefined {
  return build?.trusted === true ? build.sourceVersion : undefined;
}

/**
 * The records of a source that show the image healthy. The same digest has to be healthy in every source, not one digest in
 * each. An environment with `tags` of its own takes the digest under any tag, or with `sameSource` the source commit. A value that the source does not take, such as
 * one that a person wrote, is not promoted.
 *
 * @param records records of the route
 */
export function healthyIn(
  source: Environment,
  records: readonly Deployment[],
  wanted: WantedImage,
  anyTag: boolean,
): readonly Deployment[] {
  return records.filter(
    (record) =>
      record.update.environment === source.name &&
      record.state === 'healthy' &&
      isWanted(record, wanted, anyTag) &&
      takesTag(source.tags, policyTag(source, record.update.image.tag)).taken,
  );
}

function isWanted(record: Deployment, { tag, digest, commit }: WantedImage, anyTag: boolean): boolean {
  if (commit !== undefined) return sourceCommitOf(record) === commit;
  const isSameTag = record.update.image.tag === tag;
  return digest === undefined ? isSameTag : record.health?.digest === digest && (anyTag || isSameTag);
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
