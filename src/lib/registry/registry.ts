import type { ImageReference } from '../model/image-reference.ts';

type Repository = Pick<ImageReference, 'registry' | 'repository'>;

/** An image's name in its registry: by tag, or by digest, which outranks a tag. */
export type ArtifactName = Repository &
  ({ readonly tag: string; readonly digest?: string } | { readonly tag?: string; readonly digest: string });

/** The state of a tag in its registry. */
export interface TagState {
  readonly digest: string;
  /**
   * When the tag was last pushed, by the registry's clock. Azure Container Registry knows; the OCI distribution
   * specification has no such time, so other registries leave it out.
   */
  readonly lastUpdateTime?: Date;
  /** When the tag was first pushed; before `lastUpdateTime` if it was moved, or its attributes changed. */
  readonly createdTime?: Date;
}

/** Azure Container Registry knows the times. */
export type AcrTagState = TagState & Required<Pick<TagState, 'lastUpdateTime'>>;

export interface LookUpOptions {
  /**
   * Whether a missing tag is looked up again for about 3 s, because replicas lag behind a push. True
   * by default; false for a tag that a file has held for long.
   */
  readonly awaitReplicas?: boolean;
}

/** The content of a tag or digest. */
export interface Artifact {
  /** Of the manifest or index that the name leads to. */
  readonly digest: string;
  /** `other`: signatures, attestations, SBOMs and whatever else registries keep. */
  readonly kind: 'image' | 'chart' | 'other';
  /** The image's own labels (`LABEL` in a Dockerfile); for an index, those of one platform's image. Claims by the pusher. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of index and manifest, the manifest's first. Claims by the pusher. */
  readonly annotations: Readonly<Record<string, string>>;
  /** When the manifest or index was first pushed, by the registry's clock; only Azure Container Registry knows. */
  readonly createdOn?: Date;
  /** The build time that the image declares: a claim, and a fixed date in reproducible builds. */
  readonly builtOn?: Date;
  /** Of a Helm chart; the version with `+`, which a tag writes as `_`. */
  readonly chart?: { readonly name: string; readonly version: string };
}

/** The kind of an artifact, by its manifest alone. */
export interface ArtifactDescription {
  readonly kind: Artifact['kind'];
  /** Artifact type or media type that decides, for people. */
  readonly type: string;
}

/**
 * The registry's own data about images: it has the last word, an event is a hint. Only tokens are cached.
 *
 * All methods throw a `Failure`: `host-not-allowed`, `registry-unavailable`, `registry-sign-in-failed`, `throttled` (with
 * `retryAfterSeconds` where the registry sent it) or `answer-not-understood`.
 */
export interface Registry {
  /** The current state of the tag; `undefined` where the registry does not have it. */
  lookUp(image: Repository & { readonly tag: string }, options?: LookUpOptions): Promise<TagState | undefined>;
  /**
   * Reads the content of a tag or digest; `undefined` where the registry does not have it, after about 3 s.
   *
   * @throws {Failure} also `registry-content-missing` and `registry-content-invalid`
   */
  inspect(image: ArtifactName): Promise<Artifact | undefined>;
  /**
   * Whether a tag or digest is an image, a chart or something else; `undefined` where the registry does not have it. The
   * answer for a digest is kept.
   *
   * @throws {Failure} also `registry-content-missing` and `registry-content-invalid`
   */
  describe(image: ArtifactName): Promise<ArtifactDescription | undefined>;
}

/** A tag as a list of them has it. */
export interface ListedTag extends Required<Pick<TagState, 'digest' | 'lastUpdateTime'>> {
  readonly tag: string;
}

/** Lists the tags of a registry, to find pushes without an event. */
export interface TagLister {
  /**
   * The tags of a repository that were pushed at or after `since`, the latest first, at most `limit`; none where the
   * registry has no such repository. `undefined` where the registry cannot say, as those that are not Azure's.
   *
   * @throws {Failure} as the methods of `Registry` do
   */
  recentTags(
    repository: Repository,
    page: { readonly since: Date; readonly limit: number },
  ): Promise<readonly ListedTag[] | undefined>;
}
