import { commonText, type PatternSegment } from '../match/image-pattern.ts';
import { SegmentIndex } from '../match/segment-index.ts';
import { show } from '../read/format-value.ts';
import type { Words } from '../read/placeholders.ts';
import type { WrittenRoute } from '../expand/merged-route.ts';

const maxVariants = 2000;

/** Which route takes an image. */
export class ImageRoutes {
  private readonly exact = new Map<string, WrittenRoute>();
  private readonly patterns = new SegmentIndex<WrittenRoute>();
  private readonly variants: { readonly route: WrittenRoute; readonly segments: readonly PatternSegment[] }[] = [];

  /** Adds a route, and tells where it and an earlier one take the same image. */
  add(route: WrittenRoute): void {
    if (route.image.captures.length > 0) this.addPattern(route);
    else this.addExact(route);
  }

  /** The route that takes an image: an exact one, else the pattern with the most literal characters. */
  match(image: string): { readonly route: WrittenRoute; readonly words: Words } | undefined {
    const route = this.exact.get(image);
    if (route) return { route, words: new Map() };
    let best: { readonly value: WrittenRoute; readonly words: Words } | undefined;
    for (const hit of this.patterns.find(image)) {
      if (!best || hit.value.image.weight > best.value.image.weight) best = hit;
    }
    return best && { route: best.value, words: best.words };
  }

  /** Tells of exact images that a pattern of another document takes; to be called when all routes are there. */
  checkDocuments(): void {
    for (const route of this.exact.values()) {
      const other = this.patterns.find(route.image.text).find(({ value }) => value.document !== route.document);
      if (other) tellOtherDocument(route, other.value);
    }
  }

  private addExact(route: WrittenRoute): void {
    const known = this.exact.get(route.image.text);
    if (!known) this.exact.set(route.image.text, route);
    else
      route.tell(
        'image-twice',
        ['image'],
        `${show(route.image.text)} is the image of the route ${show(known.name)}${inSetting(route, known)} already; expected one route for an image, with all its environments`,
      );
  }

  private addPattern(route: WrittenRoute): void {
    if (this.variants.length + route.variants.length > maxVariants) {
      route.tell(
        'too-many-patterns',
        ['image'],
        `there are more than ${maxVariants} patterns, each combination of \`where\` counted; expected fewer, or exact images`,
      );
      return;
    }
    for (const { segments } of route.variants) {
      const other = this.variants.find((variant) => variant.route !== route && couldMeet(variant, route, segments));
      if (!other) continue;
      if (other.route.document !== route.document) tellOtherDocument(route, other.route);
      else tellTie(route, other.route, segments, other.segments);
      break;
    }
    for (const { segments, fixed } of route.variants) {
      this.patterns.add(segments, fixed, route);
      this.variants.push({ route, segments });
    }
  }
}

type Variant = { readonly route: WrittenRoute; readonly segments: readonly PatternSegment[] };

/** Whether two patterns take one image, and nothing says which of them wins. */
function couldMeet(variant: Variant, route: WrittenRoute, segments: readonly PatternSegment[]): boolean {
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

function tellTie(
  route: WrittenRoute,
  other: WrittenRoute,
  a: readonly PatternSegment[],
  b: readonly PatternSegment[],
): void {
  const image = commonTexts(a, b) ?? '';
  route.tell(
    'patterns-tie',
    ['image'],
    `${show(route.image.text)} and ${show(other.image.text)} of the route ${show(other.name)} both match ${show(image)} with as many literal characters; expected one of them to be longer, or \`where\` to keep them apart`,
  );
}

function tellOtherDocument(route: WrittenRoute, other: WrittenRoute): void {
  route.tell(
    'image-of-other-document',
    ['image'],
    `${show(route.image.text)} could take an image that ${show(other.image.text)} of the route ${show(other.name)}${inSetting(route, other)} takes; a document may not take the images of another`,
  );
}

function inSetting(route: WrittenRoute, other: WrittenRoute): string {
  return other.document === route.document ? '' : ` in ${other.document.setting}`;
}
