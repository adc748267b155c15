import { z } from 'zod';
import type { Deployment } from './deployment.ts';

/** The build behind an image, as it was read from Azure DevOps. */
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
  /** Of a pull request build: full ref of the branch that it is to be merged into. */
  targetBranch: z.string().exactOptional(),
  /**
   * Whether it counts for `from` and for promotion: the registry got the image while the build ran. Without that, it is a
   * build that the route names and nothing speaks against.
   */
  trusted: z.boolean(),
});

export type KnownBuild = Readonly<z.infer<typeof knownBuildSchema>>;

/** Where the image was built from: as the known build says, else as its own labels claim. */
export const knownSourceSchema = z.object({
  /** Canonical URL of the repository. */
  repository: z.string().exactOptional(),
  commit: z.string().exactOptional(),
});

export type KnownSource = Readonly<z.infer<typeof knownSourceSchema>>;

export type ImageOrigin = Pick<Deployment, 'build' | 'source'>;

/**
 * The record with what has been found of the build behind its image; `undefined` where it says so already. What was found
 * last counts, but a trusted build gives way to another trusted one only.
 */
export function withOrigin(record: Deployment, { build, source }: ImageOrigin, now: Date): Deployment | undefined {
  const { build: known, source: knownSource, ...rest } = record;
  if (known?.trusted === true && build?.trusted !== true) return undefined;
  if (JSON.stringify([build, source]) === JSON.stringify([known, knownSource])) return undefined;
  return { ...rest, ...(build && { build }), ...(source && { source }), updatedAt: now.toISOString() };
}
