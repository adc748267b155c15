import type { PatternSegment } from '../match/image-pattern.ts';
import type { Route, RouteSample } from '../route.ts';
import type { MergedRoute } from './merged-route.ts';

/**
 * A route for its example images: its own image, or for a pattern one image per combination of values in `where`, with
 * example values for the other captures.
 *
 * @param expand the route as it applies to an image; `undefined` if another route matches the image
 */
export function samplesOf(
  { image, variants }: Pick<MergedRoute, 'image' | 'variants'>,
  expand: (image: string) => Route | undefined,
): readonly RouteSample[] {
  if (image.captures.length === 0) return present(expand(image.text)).map((route) => ({ route }));
  return variants.flatMap(({ segments }) => {
    const isOpen = segments.some(({ captures }) => captures.length > 0);
    const [first, second] = [present(expand(fill(segments, 'a'))), present(expand(fill(segments, 'b')))];
    return first.map((route): RouteSample => (isOpen ? { route, twin: second[0] ?? route } : { route }));
  });
}

/** The segments with an example value for each unexpanded capture. */
function fill(segments: readonly PatternSegment[], mark: string): string {
  return segments
    .map(({ literals, captures }) =>
      [literals[0], ...captures.map((capture, index) => `${nameOf(capture)}${mark}${literals[index + 1] ?? ''}`)].join(
        '',
      ),
    )
    .join('/');
}

function nameOf(capture: string): string {
  return capture.toLowerCase().replaceAll('_', '');
}

function present(route: Route | undefined): Route[] {
  return route ? [route] : [];
}
