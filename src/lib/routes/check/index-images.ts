import { placeFrom, type MergedRoute } from '../expand/merged-route.ts';
import { ImageIndex } from '../match/image-index.ts';
import { commonTexts, type PatternSegment, type PatternVariant } from '../match/image-pattern.ts';
import { formatValue } from '../read/format-value.ts';

const maxVariants = 2000;

interface Variant extends PatternVariant {
  readonly route: MergedRoute;
}

/** Indexes routes by image, and reports routes that match the same image without a priority between them. */
export function indexImages(routes: readonly MergedRoute[]): ImageIndex<MergedRoute> {
  const images = new ImageIndex<MergedRoute>();
  const variants: Variant[] = [];
  for (const route of routes) {
    if (route.image.captures.length === 0) checkExact(route, images);
    else if (!checkPattern(route, variants)) continue;
    images.add(route);
  }
  for (const route of routes) {
    if (images.exactRoute(route.image.text) !== route) continue;
    const other = images.patternsOf(route.image.text).find(({ document }) => document !== route.document);
    if (other) reportLater(route, other);
    else reportHiddenPattern(route, images);
  }
  return images;
}

function checkExact(route: MergedRoute, images: ImageIndex<MergedRoute>): void {
  const known = images.exactRoute(route.image.text);
  if (!known) return;
  route.report(
    'image-twice',
    ['image'],
    `${formatValue(route.image.text)} is already the image of the route ${formatValue(known.name)}${placeFrom(route, known)}; expected one route per image, with all its environments`,
  );
}

/** Warns of an exact route without some environments of the pattern that would otherwise match its image. */
function reportHiddenPattern(route: MergedRoute, images: ImageIndex<MergedRoute>): void {
  const pattern = images.matchPattern(route.image.text)?.route;
  const missing = [...(pattern?.environments.keys() ?? [])].filter((name) => !route.environments.has(name));
  if (!pattern || missing.length === 0) return;
  route.report(
    'pattern-hidden',
    ['image'],
    `${formatValue(route.image.text)} is delivered by the route ${formatValue(route.name)} only, so the route ${formatValue(pattern.name)} no longer delivers it to ${missing.map((name) => `\`${name}\``).join(' and ')}; expected these environments in both routes, if that is not intended`,
  );
}

/** Compares a pattern with the earlier ones, and adds it to them. False if there are too many. */
function checkPattern(route: MergedRoute, variants: Variant[]): boolean {
  if (variants.length + route.variants.length > maxVariants) {
    route.report(
      'too-many-patterns',
      ['image'],
      `there are more than ${maxVariants} patterns, counting each combination of \`where\`; expected fewer, or exact images`,
    );
    return false;
  }
  for (const { segments } of route.variants) {
    const other = variants.find((variant) => variant.route !== route && matchSameImage(variant, route, segments));
    if (!other) continue;
    if (other.route.document !== route.document) reportOtherDocument(route, other.route);
    else reportTie(route, other.route, segments, other.segments);
    break;
  }
  for (const variant of route.variants) variants.push({ route, ...variant });
  return true;
}

/** Whether two patterns match one image and neither has priority. */
function matchSameImage(variant: Variant, route: MergedRoute, segments: readonly PatternSegment[]): boolean {
  if (variant.route.document === route.document && variant.route.image.weight !== route.image.weight) return false;
  return commonTexts(variant.segments, segments) !== undefined;
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

/** The document that comes later has the error. */
function reportLater(route: MergedRoute, other: MergedRoute): void {
  if (other.document.order > route.document.order) reportOtherDocument(other, route);
  else reportOtherDocument(route, other);
}

function reportOtherDocument(route: MergedRoute, other: MergedRoute): void {
  route.report(
    'image-of-other-document',
    ['image'],
    `${formatValue(route.image.text)} matches an image of ${formatValue(other.image.text)} of the route ${formatValue(other.name)}${placeFrom(route, other)}; a document may not match images of another document`,
  );
}
