import { fillPattern } from '../match/image-pattern.ts';
import type { PlaceholderValues } from '../read/placeholders.ts';
import type { MergedRoute } from './merged-route.ts';

/**
 * An example image of a pattern, so that a check before the first push finds problems that do not depend on captures.
 * Each capture has its first value in `where`, or its own name.
 */
export function sampleImage({ image, settings: { where = {} } }: MergedRoute): {
  readonly image: string;
  readonly words: PlaceholderValues;
} {
  const words = new Map<string, string>();
  for (const capture of image.captures) {
    const name = capture.toLowerCase().replaceAll('_', '');
    const isTaken = [...words.values()].includes(name);
    words.set(capture, where[capture]?.[0] ?? (isTaken ? `${name}${words.size}` : name));
  }
  return { image: fillPattern(image.text, words), words };
}
