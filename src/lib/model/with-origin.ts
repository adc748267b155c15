import type { Deployment } from './deployment.ts';
import type { ImageOrigin } from './image-origin.ts';

/**
 * The record with the build and source that were found for its image; `undefined` if it has them already. The latest
 * finding counts, but only a trusted build replaces a trusted one.
 */
export function withOrigin(record: Deployment, { build, source }: ImageOrigin, now: Date): Deployment | undefined {
  const { build: known, source: knownSource, ...rest } = record;
  if (known?.trusted === true && build?.trusted !== true) return undefined;
  if (JSON.stringify([build, source]) === JSON.stringify([known, knownSource])) return undefined;
  return { ...rest, ...(build && { build }), ...(source && { source }), updatedAt: now.toISOString() };
}
