import type { PlaceholderValues } from '../read/placeholders.ts';
import type { ImagePattern, PatternVariant } from './image-pattern.ts';
import { SegmentIndex } from './segment-index.ts';

interface Indexed {
  readonly image: ImagePattern;
  readonly variants: readonly PatternVariant[];
}

/** Finds the route of an image among exact images and patterns. */
export class ImageIndex<T extends Indexed> {
  private readonly exact = new Map<string, T>();
  private readonly patterns = new SegmentIndex<T>();

  /** Adds a route. The first of two routes with the same exact image stays. */
  add(route: T): void {
    if (route.image.captures.length === 0) {
      if (!this.exact.has(route.image.text)) this.exact.set(route.image.text, route);
      return;
    }
    for (const { segments, fixed } of route.variants) this.patterns.add(segments, fixed, route);
  }

  /** The route of an image: an exact one, else the pattern with the most literal characters. */
  match(image: string): { readonly route: T; readonly words: PlaceholderValues } | undefined {
    const route = this.exact.get(image);
    return route ? { route, words: new Map() } : this.matchPattern(image);
  }

  /** The pattern of an image with the most literal characters, whether or not an exact route has priority. */
  matchPattern(image: string): { readonly route: T; readonly words: PlaceholderValues } | undefined {
    let best: { readonly value: T; readonly words: PlaceholderValues } | undefined;
    for (const hit of this.patterns.find(image)) {
      if (!best || hit.value.image.weight > best.value.image.weight) best = hit;
    }
    return best && { route: best.value, words: best.words };
  }

  /** The route with this exact image. */
  exactRoute(image: string): T | undefined {
    return this.exact.get(image);
  }

  /** All patterns that match an image. */
  patternsOf(image: string): readonly T[] {
    return this.patterns.find(image).map(({ value }) => value);
  }
}
