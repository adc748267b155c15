import { commonText, type PatternSegment } from '../match/image-pattern.ts';
import { SegmentIndex } from '../match/segment-index.ts';
import { formatValue } from '../read/format-value.ts';
import type { PlaceholderValues } from '../read/placeholders.ts';
import type { MergedRoute } from '../expand/merged-route.ts';

const maxVariants = 2000;

/** Finds the route of an image. */
export class ImageRoutes {
  private readonly exact = new Map<string, MergedRoute>();
  private readonly patterns = new SegmentIndex<MergedRoute>();
  private readonly variants: { readonly route: MergedRoute; readonly segments: readonly PatternSegment[] }[] = [];

  /** Adds a route, and reports an earlier route that matches the same image. */
  add(route: MergedRoute): void {
    if (route.image.captures.length > 0) this.addPattern(route);
    else this.addExact(route);
  }

  /** The route of an image: an exact one, else the pattern with the most literal characters. */
  match(image: string): { readonly route: MergedRoute; readonly words: PlaceholderValues } | undefined {
    const route = this.exact.get(image);
    if (route) return { route, words: new Map() };
    let best: { readonly value: MergedRoute; readonly words: PlaceholderValues } | undefined;
    for (const hit of this.patterns.find(image)) {
      if (!best || hit.value.image.weight > best.value.image.weight) best = hit;
    }
    return best && { route: best.value, words: best.words };
  }

  /** Reports exact images that a pattern of another document matches. Call it after all routes are added. */
  checkDocuments(): void {
    for (const route of this.exact.values()) {
      const other = this.patterns.find(route.image.text).find(({ value }) => value.document !== route.document);
      if (other) reportOtherDocument(route, other.value);
    }
  }

  private addExact(route: MergedRoute): void {
    const known = this.exact.get(route.image.text);
    if (!known) this.exact.set(route.image.text, route);
    else
      route.report(
        'image-twice',
        ['image'],
        `${formatValue(route.image.text)} is already the image of the route ${formatValue(known.name)}${inSetting(route, known)}; expected one route per image, with all its environments`,
      );
  }

  private addPattern(route: MergedRoute): void {
    if (this.variants.length + route.variants.length > maxVariants) {
      route.report(
        'too-many-patterns',
        ['image'],
        `there are more than ${maxVariants} patterns, counting each combination of \`where\`; expected fewer, or exact images`,
      );
      return;
    }
    for (const { segments } of route.variants) {
      const other = this.variants.find((variant) => variant.route !== route && couldMeet(variant, route, segments));
      if (!other) continue;
      if (other.route.document !== route.document) reportOtherDocument(route, other.route);
      else reportTie(route, other.route, segments, other.segments);
      break;
    }
    for (const { segments, fixed } of route.variants) {
      this.patterns.add(segments, fixed, route);
      this.variants.push({ route, segments });
    }
  }
}

type Variant = { readonly route: MergedRoute; readonly segments: readonly PatternSegment[] };

/** Whether two patterns match one image and neither has priority. */
function couldMeet(variant: Variant, route: MergedRoute, segments: readonly PatternSegment[]): boolean {
  if (variant.route.document === route.document && variant.route.image.weight !== route.image.weight) return false;
  return commonTexts(variant.segments, segments) !== undefined;
}

/** A text of segments that both patterns match, if there is one. */
export function commonTexts(a: readonly PatternSegment[], b: readonly PatternSegment[]): string | undefined {
  if (a.length !== b.length) return undefined;
  const texts: string[] = [];
  for (const [index, segment] of a.entries()) {
    const other = b[index];
    const text = other && commonText(segment, other);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts.join('/');
}

function reportTie(
  route: MergedRoute,
  other: MergedRoute,
  a: readonly PatternSegment[],
  b: readonly PatternSegment[],
): void {
  const image = commonTexts(a, b) ?? '';
  route.report(
    'patterns-tie',
    ['image'],
    `${formatValue(route.image.text)} and ${formatValue(other.image.text)} of the route ${formatValue(other.name)} both match ${formatValue(image)} with equally many literal characters; expected a longer one, or \`where\` to separate them`,
  );
}

function reportOtherDocument(route: MergedRoute, other: MergedRoute): void {
  route.report(
    'image-of-other-document',
    ['image'],
    `${formatValue(route.image.text)} matches an image of ${formatValue(other.image.text)} of the route ${formatValue(other.name)}${inSetting(route, other)}; a document may not match images of another document`,
  );
}

function inSetting(route: MergedRoute, other: MergedRoute): string {
  return other.document === route.document ? '' : ` in ${other.document.setting}`;
}
