import type { ImageReference } from '../../model/image-reference.ts';
import { requireTag } from './image-text.ts';

/** The version of a pushed chart: OCI tags have no `+`, so Helm pushes `1.0.0+build` as `1.0.0_build`. */
export function chartVersion(image: ImageReference): string {
  return requireTag(image).replaceAll('_', '+');
}

/** Whether a text is a range (`^1.2`, `>=1 <2`, `1.x`, `*`) and no version; a template (`{{version}}`) is none. */
export function isVersionRange(text: string): boolean {
  return !text.includes('{{') && /[\^~*<>=|,\s]|(?:^|\.)[xX](?:\.|$)/.test(text.trim());
}
