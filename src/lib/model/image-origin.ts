import { z } from 'zod';

/** The build behind an image, as Azure DevOps reports it. */
export const knownBuildSchema = z.object({
  /** Canonical URL of the organization or collection. */
  collection: z.string(),
  /** Name of the project. */
  project: z.string(),
  /** Unique within the collection. */
  id: z.int().positive(),
  number: z.string(),
  /** Page of the build, for people. */
  url: z.string(),
  definition: z.object({ id: z.int().positive(), name: z.string() }).readonly(),
  /** Canonical URL of the repository that was built. */
  repository: z.string().exactOptional(),
  /** Full ref that was built. */
  sourceBranch: z.string(),
  /** The commit that was built. */
  sourceVersion: z.string(),
  /** `BuildReason` of the Azure DevOps REST reference. */
  reason: z.string(),
  /** ISO 8601. */
  queuedAt: z.string().exactOptional(),
  /** Full ref of the target branch of a pull request build. */
  targetBranch: z.string().exactOptional(),
  /**
   * Whether it counts for `from` and for promotion: the registry got the image while the build ran. Without that, it is a
   * build that the route names and nothing speaks against.
   */
  trusted: z.boolean(),
});

export type KnownBuild = Readonly<z.infer<typeof knownBuildSchema>>;

/** The source of the image, by its known build, else by the claim of its labels. */
export const knownSourceSchema = z.object({
  /** Canonical URL of the repository. */
  repository: z.string().exactOptional(),
  commit: z.string().exactOptional(),
  /** When the commit was made, by its repository, ISO 8601. */
  committedAt: z.string().exactOptional(),
  /** The first line of the commit's message. */
  message: z.string().exactOptional(),
});

export type KnownSource = Readonly<z.infer<typeof knownSourceSchema>>;

/** The build behind an image, or the source that its labels claim. */
export interface ImageOrigin {
  readonly build?: KnownBuild;
  readonly source?: KnownSource;
}
