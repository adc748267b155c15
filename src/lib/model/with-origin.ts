import type { Deployment } from './deployment.ts';
import type { ImageOrigin } from './image-origin.ts';

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
