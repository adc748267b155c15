import type { ImageIndex } from '../match/image-index.ts';
import { commonTexts, fillPattern, parseSegments, variantsOf, type PatternSegment } from '../match/image-pattern.ts';
import { SegmentIndex } from '../match/segment-index.ts';
import { formatValue } from '../read/format-value.ts';
import { placeFrom, type MergedRoute } from '../expand/merged-route.ts';

/** Reports routes that can give one name to different images: their records and branches would mix. */
export function checkRouteNames(routes: readonly MergedRoute[], images: ImageIndex<MergedRoute>): void {
  const exact = new Map<string, MergedRoute>();
  const patterns: { readonly route: MergedRoute; readonly segments: readonly PatternSegment[] }[] = [];
  const index = new SegmentIndex<MergedRoute>();
  for (const route of routes) {
    const known = exact.get(route.name);
    if (known && known !== route) {
      const message = `there is already a route ${formatValue(route.name)}${placeFrom(route, known)}`;
      route.report('name-twice', [], message, 'key');
      continue;
    }
    exact.set(route.name, route);
    if (route.image.captures.length === 0) continue;
    for (const { segments, fixed } of variantsOf(parseSegments(route.name), route.settings.where ?? {})) {
      const meets = (variant: (typeof patterns)[number]) =>
        variant.route !== route && sharesName(route, segments, variant.route, variant.segments, images);
      const other = patterns.find(meets);
      if (other) reportShared(route, other.route, commonTexts(segments, other.segments) ?? '');
      patterns.push({ route, segments });
      index.add(segments, fixed, route);
      if (other) break;
    }
  }
  for (const route of routes) {
    if (route.image.captures.length > 0) continue;
    const other = index.find(route.name).find(({ value, words }) => {
      const image = fillPattern(value.image.text, words);
      return image !== route.image.text && images.match(image)?.route === value;
    });
    if (other) reportShared(route, other.value, route.name);
  }
}

function sharesName(
  a: MergedRoute,
  aSegments: readonly PatternSegment[],
  b: MergedRoute,
  bSegments: readonly PatternSegment[],
  images: ImageIndex<MergedRoute>,
): boolean {
  const name = commonTexts(aSegments, bSegments);
  if (name === undefined) return false;
  const [first, second] = [a, b].map((route) => imageOfName(route, name));
  return (
    first !== second &&
    first !== undefined &&
    second !== undefined &&
    images.match(first)?.route === a &&
    images.match(second)?.route === b
  );
}

function imageOfName(route: MergedRoute, name: string): string | undefined {
  const index = new SegmentIndex<MergedRoute>();
  index.add(parseSegments(route.name), new Map(), route);
  const [hit] = index.find(name);
  return hit && fillPattern(route.image.text, hit.words);
}

/** The document that comes later has the error. */
function reportShared(one: MergedRoute, another: MergedRoute, name: string): void {
  const [route, other] = another.document.order > one.document.order ? [another, one] : [one, another];
  route.report(
    'name-shared',
    [],
    `the route ${formatValue(other.name)}${placeFrom(route, other)} can give the name ${formatValue(name)} to another image; expected distinct names, for example with a prefix`,
    'key',
  );
}
